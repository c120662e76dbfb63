"""Take records in from a domain: translate, guard, audit and remember them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agent_runtime.observations import CandidatePair
from agent_runtime.translation.book import RecordBook
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


class TranslationOffice(Protocol):
    """What translation needs of governance; a generated governance bridge is one."""

    def audit(self, action: str, subject: str, detail: JsonObject, trace_id: str) -> None:
        """Record an audited event."""

    def observe_all(
        self, values: Mapping[str, float | bool], *, subject: str, trace_id: str
    ) -> Sequence[object]:
        """Judge signals together and return what was escalated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TranslationPlan:
    """What a schema says of translation.

    Attributes:
        guards: those of `integrity.GUARDS` that the safety layer demands.
        audit_event: name of the audited event; empty if it is not in the audit scope.
        violation_signal: true-or-false signal of a broken rule; empty if no rule reads one.
        deal: how a deal is told; None if no record tells of one.
        fraud: what counts as suspicious.
    """

    guards: tuple[str, ...] = ()
    audit_event: str = ""
    violation_signal: str = ""
    deal: DealSpec | None = None
    fraud: FraudLimits = field(default_factory=FraudLimits)


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What became of the records of one delivery.

    Attributes:
        accepted: translated, unobjected and remembered.
        refused: those that were not, in the order they came.
        escalations: what governance asked people about.
    """

    accepted: tuple[CanonicalRecord, ...]
    refused: tuple[Refusal, ...]
    escalations: tuple[object, ...] = ()

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
        governance: TranslationOffice,
        book: RecordBook,
    ) -> None:
        self._translator = translator
        self._plan = plan
        self._governance = governance
        self._book = book

    def take(self, documents: Iterable[tuple[str, JsonObject]], *, trace_id: str) -> Batch:
        """Translate pairs of record type and record; a guard's objection refuses a record.

        What is refused is not remembered; all of it is audited, without the personal data.

        Raises:
            MemoryLayerError: the book or the audit failed.
        """
        given = list(documents)
        translated, unreadable = self._translator.translate_all(given)
        against = objections_by_record(self._objections(translated))
        broken = {each.index for each in unreadable}
        places = [index for index in range(len(given)) if index not in broken]
        accepted: list[CanonicalRecord] = []
        refused = list(unreadable)
        for index, each in zip(places, translated, strict=True):
            reasons = against.get((each.record, each.key))
            if reasons is None:
                accepted.append(each)
            else:
                refused.append(
                    Refusal(index=index, record=each.record, key=each.key, reasons=tuple(reasons))
                )
        refused.sort(key=lambda refusal: refusal.index)
        self._book.note(accepted)
        self._audit(accepted, refused, trace_id)
        escalations = self._report(against.keys(), trace_id)
        return Batch(accepted=tuple(accepted), refused=tuple(refused), escalations=escalations)

    def _objections(self, batch: Sequence[CanonicalRecord]) -> list[Objection]:
        plan = self._plan
        sight = Sight(specs=self._translator.specs, batch=batch, known=self._book)
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

    def _audit(
        self, accepted: Sequence[CanonicalRecord], refused: Sequence[Refusal], trace_id: str
    ) -> None:
        if not self._plan.audit_event:
            return
        self._governance.audit(
            self._plan.audit_event,
            self._translator.specs.domain,
            {
                "accepted": [f"{each.record}/{each.key}" for each in accepted],
                "refused": [
                    {"record": each.record, "key": each.key, "reasons": list(each.reasons)}
                    for each in refused
                ],
            },
            trace_id,
        )

    def _report(self, objected: Collection[tuple[str, str]], trace_id: str) -> tuple[object, ...]:
        if not self._plan.violation_signal or not objected:
            return ()
        subject = ", ".join(sorted(f"{record}/{key}" for record, key in objected))[:200]
        signals = {self._plan.violation_signal: True}
        return tuple(self._governance.observe_all(signals, subject=subject, trace_id=trace_id))
