"""Guards over a batch of translated records: what fits the fields and still cannot be true."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from agent_runtime.translation.records import CanonicalRecord
from agent_runtime.translation.sight import DealSpec, Sight

INTEGRITY: Final = "integrity"
CONFLICT: Final = "conflict"
FRAUD: Final = "fraud"
GUARDS: Final = (INTEGRITY, CONFLICT, FRAUD)


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """What a guard, one of `GUARDS`, has against the record of this type and key."""

    guard: str
    record: str
    key: str
    reason: str


def check_integrity(sight: Sight) -> list[Objection]:
    """Object to records of one key that differ, and to references that lead nowhere."""
    found: list[Objection] = []
    first: dict[tuple[str, str], CanonicalRecord] = {}
    for each in sight.batch:
        if first.setdefault((each.record, each.key), each) != each:
            found.append(_objection(INTEGRITY, each, "comes twice, with different content"))
        spec = sight.specs.get(each.record)
        for name, entity in each.references.items():
            if sight.entity(entity) is None:
                key = entity.partition("/")[2]
                reason = f"{name} names the {spec.field(name).of} {key}, which nobody knows"
                found.append(_objection(INTEGRITY, each, reason))
    return found


def check_item_owner(sight: Sight, deal: DealSpec) -> list[Objection]:
    """Object to deals in what the seller does not offer."""
    found: list[Objection] = []
    for each in sight.fresh(deal.record):
        item = sight.entity(each.references[deal.item])
        owners = () if item is None else tuple(item.references.values())
        if owners and each.references[deal.seller] not in owners:
            found.append(_objection(INTEGRITY, each, "sells what its seller does not offer"))
    return found


def check_conflict(sight: Sight, deal: DealSpec) -> list[Objection]:
    """Object to deals whose two sides are one party, under one or under two names."""
    return [
        _objection(CONFLICT, each, "seller and buyer are one party")
        for each in sight.fresh(deal.record)
        if sight.party(each.references[deal.seller]) == sight.party(each.references[deal.buyer])
    ]


def objections_by_record(objections: Iterable[Objection]) -> Mapping[tuple[str, str], list[str]]:
    """Gather the reasons against each record, as `guard: reason`."""
    gathered: dict[tuple[str, str], list[str]] = {}
    for each in objections:
        reasons = gathered.setdefault((each.record, each.key), [])
        reasons.append(f"{each.guard}: {each.reason}")
    return gathered


def _objection(guard: str, record: CanonicalRecord, reason: str) -> Objection:
    return Objection(guard=guard, record=record.record, key=record.key, reason=reason)
