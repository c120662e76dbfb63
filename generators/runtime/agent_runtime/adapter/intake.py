"""From accepted records to what the orchestrator is asked: deals that are told, wishes to match."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from agent_runtime.matching.compatibility import Compatibility
from agent_runtime.matching.terms import MatchTerms
from agent_runtime.shapes.links import Candidate
from agent_runtime.shapes.transactions import (
    MOST_LINKS,
    MOST_TRANSACTIONS,
    Transaction,
    TransactionPayload,
)
from agent_runtime.translation.records import CanonicalRecord
from agent_runtime.translation.sight import DealSpec, KnownRecords

DEAL_VALUE: Final = "deal_value"
"""Attribute with quantity times price."""

Check = Callable[[CanonicalRecord, CanonicalRecord], Compatibility]
"""Judges an offer by a demand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """What accepted records become.

    Attributes:
        transactions: what the orchestrator is asked about, deals first.
        unfit: why a deal cannot be, by its key.
    """

    transactions: tuple[Transaction, ...]
    unfit: dict[str, str]

    def payload(self, domain: str, criticality: float) -> TransactionPayload | None:
        """Return what is asked of the orchestrator, to be answered later; None for nothing.

        What is beyond the most that one packet holds is left out, last first.
        """
        if not self.transactions:
            return None
        return TransactionPayload(
            domain=domain,
            transactions=self.transactions[:MOST_TRANSACTIONS],
            criticality=criticality,
            respond="later",
        )


def take_in(
    records: Sequence[CanonicalRecord],
    known: KnownRecords,
    *,
    deal: DealSpec | None,
    terms: MatchTerms,
    check: Check,
    judge: Check,
) -> Intake:
    """Return a transaction for each deal, and for each wish with the offers that would fit it.

    A deal in which the item does not meet the buyer's specification is unfit. A wish that nothing
    known would fit asks nothing.

    Args:
        records: accepted records.
        known: all records, these included.
        deal: how a deal is told; None if no record tells of one.
        terms: what makes a match.
        check: judges an offer by a wish, and tells nobody.
        judge: the same for a deal that somebody means to close; it may alarm people.
    """
    transactions: list[Transaction] = []
    unfit: dict[str, str] = {}
    for each in records:
        if deal is None or each.record != deal.record:
            continue
        reason = _unfit(each, known, deal, judge)
        if reason:
            unfit[each.key] = reason
        else:
            transactions.append(_deal(each, deal))
    offers = known.of_type(terms.supply.record)
    for each in records:
        if each.record == terms.demand.record:
            wish = _wish(each, offers, terms, check)
            transactions += [wish] if wish.candidates else []
    return Intake(transactions=tuple(transactions), unfit=unfit)


def _unfit(
    record: CanonicalRecord, known: KnownRecords, deal: DealSpec, judge: Check
) -> str | None:
    item = known.entity(record.references[deal.item])
    buyer = known.entity(record.references[deal.buyer])
    if item is None or buyer is None:
        return None
    judged = judge(item, buyer)
    return "; ".join(finding.reason for finding in judged.broken) or None


def _deal(record: CanonicalRecord, deal: DealSpec) -> Transaction:
    value = record.number(deal.quantity) * record.number(deal.price)
    texts = {name: text for name, text in record.attributes.items() if isinstance(text, str)}
    return Transaction(
        transaction_id=record.key,
        candidates=_candidates(record.links),
        attributes={**record.numbers, DEAL_VALUE: value},
        details={**texts, **record.references},
    )


def _wish(
    demand: CanonicalRecord, offers: Iterable[CanonicalRecord], terms: MatchTerms, check: Check
) -> Transaction:
    buyer = terms.demand.party_of(demand)
    sellers = dict.fromkeys(
        terms.supply.party_of(offer) for offer in offers if check(offer, demand).holds
    )
    value = demand.number(terms.demand.quantity) * demand.number(terms.demand.price)
    return Transaction(
        transaction_id=f"{demand.record}/{demand.key}",
        candidates=_candidates((seller, terms.relation, buyer) for seller in sellers),
        attributes={**demand.numbers, DEAL_VALUE: value},
        details={"wish": str(demand.entity)},
    )


def _candidates(links: Iterable[tuple[str, str, str]]) -> tuple[Candidate, ...]:
    named = [Candidate(subject=s, relation=r, object=o) for s, r, o in links]
    return tuple(named[:MOST_LINKS])
