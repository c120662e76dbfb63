"""Take records in from a domain: translate, guard and remember them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from agent_runtime.kernels.trades import Trade
from agent_runtime.observations import CandidatePair
from agent_runtime.translation.book import RecordBook
from agent_runtime.translation.deals import fresh_trades
from agent_runtime.translation.fraud import FraudLimits, check_fraud
from agent_runtime.translation.integrity import (
    CONFLICT,
    FRAUD,
    INTEGRITY,
    Objection,
    check_conflict,
    check_integrity,
    check_item_owner,
    objections_by_record,
)
from agent_runtime.translation.records import CanonicalRecord
from agent_runtime.translation.sight import DealSpec, Sight
from agent_runtime.translation.translator import RecordTranslator, Refusal
from agent_runtime.values import JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class TranslationPlan:
    """What a schema says of translation.

    Attributes:
        guards: those of `integrity.GUARDS` that the safety layer demands.
        deal: how a deal is told; None if no record tells of one.
        fraud: what counts as suspicious.
    """

    guards: tuple[str, ...] = ()
    deal: DealSpec | None = None
    fraud: FraudLimits = field(default_factory=FraudLimits)


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What became of the records of one delivery.

    Attributes:
        accepted: translated, unobjected and remembered.
        refused: those that were not, in the order they came.
        objected: `type/key` of those that a guard objected to, sorted.
        deals: the deals that readable records told of, objected to or not.
    """

    accepted: tuple[CanonicalRecord, ...]
    refused: tuple[Refusal, ...]
    objected: tuple[str, ...] = ()
    deals: tuple[Trade, ...] = ()

    @property
    def report(self) -> JsonObject:
        """What became of each record, without its content, as it is audited."""
        return {
            "accepted": [f"{each.record}/{each.key}" for each in self.accepted],
            "refused": [
                {"record": each.record, "key": each.key, "reasons": list(each.reasons)}
                for each in self.refused
            ],
        }

    @property
    def links(self) -> tuple[CandidatePair, ...]:
        """What the accepted records state about entities, each once."""
        return tuple(dict.fromkeys(link for each in self.accepted for link in each.links))


class TranslationDesk:
    """Serves one domain. Thread-safe as far as its book is."""

    def __init__(
        self,
        translator: RecordTranslator,
        plan: TranslationPlan,
        book: RecordBook,
    ) -> None:
        self._translator = translator
        self._plan = plan
        self._book = book

    def take(self, documents: Iterable[tuple[str, JsonObject]]) -> Batch:
        """Translate pairs of record type and record; a guard's objection refuses a record.

        What is refused is not remembered.

        Raises:
            MemoryLayerError: the book failed.
        """
        given = list(documents)
        translated, unreadable = self._translator.translate_all(given)
        sight = Sight(specs=self._translator.specs, batch=translated, known=self._book)
        against = objections_by_record(self._objections(sight))
        told = () if self._plan.deal is None else fresh_trades(sight, self._plan.deal)
        broken = {each.index for each in unreadable}
        places = [index for index in range(len(given)) if index not in broken]
        accepted: list[CanonicalRecord] = []
        refused = list(unreadable)
        for index, each in zip(places, translated, strict=True):
            reasons = tuple(against.get((each.record, each.key), ()))
            if reasons:
                refused.append(
                    Refusal(index=index, record=each.record, key=each.key, reasons=reasons)
                )
            else:
                accepted.append(each)
        self._book.note(accepted)
        return Batch(
            accepted=tuple(accepted),
            refused=tuple(sorted(refused, key=lambda refusal: refusal.index)),
            objected=tuple(sorted(f"{record}/{key}" for record, key in against)),
            deals=told,
        )

    def _objections(self, sight: Sight) -> list[Objection]:
        plan = self._plan
        found = check_integrity(sight) if INTEGRITY in plan.guards else []
        if plan.deal is None:
            return found
        if INTEGRITY in plan.guards:
            found += check_item_owner(sight, plan.deal)
        if CONFLICT in plan.guards:
            found += check_conflict(sight, plan.deal)
        if FRAUD in plan.guards:
            found += check_fraud(sight, plan.deal, plan.fraud)
        return found
