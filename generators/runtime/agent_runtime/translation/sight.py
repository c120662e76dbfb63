"""What can be seen while a batch is judged: its own records, and those known from before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agent_runtime.translation.records import CanonicalRecord, RecordSpecs


class KnownRecords(Protocol):
    """What is known of records from before; `book.RecordBook` is one."""

    def entity(self, name: str) -> CanonicalRecord | None:
        """Return the record of an entity, or None."""

    def of_type(self, record: str) -> tuple[CanonicalRecord, ...]:
        """Return all records of a type, by key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DealSpec:
    """How a record tells of a deal between two parties: its type, and which field says what."""

    record: str
    seller: str
    buyer: str
    item: str
    quantity: str
    price: str
    time: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """A batch before the background of what is known; the batch is newer."""

    specs: RecordSpecs
    batch: Sequence[CanonicalRecord]
    known: KnownRecords
    _entities: dict[str, CanonicalRecord] = field(init=False)

    def __post_init__(self) -> None:
        entities = {each.entity: each for each in self.batch if each.entity is not None}
        object.__setattr__(self, "_entities", entities)

    def entity(self, name: str) -> CanonicalRecord | None:
        """Return the newest record of an entity, or None."""
        return self._entities.get(name) or self.known.entity(name)

    def fresh(self, record: str) -> tuple[CanonicalRecord, ...]:
        """Return the records of a type in the batch."""
        return tuple(each for each in self.batch if each.record == record)

    def everything(self, record: str) -> tuple[CanonicalRecord, ...]:
        """Return all records of a type, the batch's in place of older ones, by key."""
        newest = {each.key: each for each in (*self.known.of_type(record), *self.fresh(record))}
        return tuple(newest[key] for key in sorted(newest))

    def party(self, name: str) -> str:
        """Return who stands behind an entity: its declared identity, else its own name."""
        record = self.entity(name)
        mark = self.specs.get(record.record).identity if record is not None else ""
        if record is None or not mark:
            return name
        value = {**record.attributes, **record.personal}.get(mark)
        return name if value is None else f"{mark} {str(value).strip().lower()}"
