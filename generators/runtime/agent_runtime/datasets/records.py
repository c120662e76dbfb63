"""One reported outcome: who dealt with whom, whether it came off, and what was measured."""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from agent_runtime.errors import InputBoundsError
from agent_runtime.jsontext import canonical_json
from agent_runtime.kernels.datasets import Triple, check_triples
from agent_runtime.values import JsonObject, JsonValue

REQUIRED: Final = ("record_id", "subject", "relation", "object", "succeeded", "occurred_at")
OPTIONAL: Final = ("domain", "measures")
LONGEST_ID: Final = 200
MOST_MEASURES: Final = 32
_BATCH: Final = ("outcomes", "records")


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeRecord:
    """What came of one link, as an adapter reported it.

    Attributes:
        record_id: names the outcome at its source; reported again it is the same outcome.
        source: agent that reported it.
        domain: domain it belongs to; empty if the source serves only one.
        subject: entity the link starts from.
        relation: kind of link.
        object: entity it leads to.
        succeeded: whether the link came about.
        occurred_at: when, in seconds since the epoch.
        measures: finite figures by name, such as a price or a margin.
    """

    record_id: str
    source: str
    domain: str
    subject: str
    relation: str
    object: str
    succeeded: bool
    occurred_at: float
    measures: Mapping[str, float] = field(default_factory=dict)

    @property
    def link(self) -> Triple:
        """Subject, relation, object."""
        return self.subject, self.relation, self.object

    def to_json(self) -> JsonObject:
        """Return the record as `read_outcome` accepts it."""
        return {
            "record_id": self.record_id,
            "domain": self.domain,
            "subject": self.subject,
            "relation": self.relation,
            "object": self.object,
            "succeeded": self.succeeded,
            "occurred_at": self.occurred_at,
            "measures": dict(self.measures),
        }

    @property
    def digest(self) -> str:
        """SHA-256 of what it says; two reports of one outcome agree in it."""
        return hashlib.sha256(canonical_json(self.to_json()).encode("ascii")).hexdigest()


def outcome_documents(result: JsonValue) -> tuple[JsonValue, ...]:
    """Return the outcomes of an event: its list, `outcomes` or `records`, or its result alone."""
    if isinstance(result, list | tuple):
        return tuple(result)
    if isinstance(result, Mapping):
        batch = next((result[name] for name in _BATCH if name in result), None)
        return outcome_documents(batch) if isinstance(batch, list | tuple) else (result,)
    return (result,)


def read_outcome(document: JsonValue, *, source: str) -> OutcomeRecord:
    """Check one reported outcome.

    Fields that are not of the contract are left out: adapters may tell more than a trainer needs.

    Raises:
        InputBoundsError: it is no object, a required field is missing, or a value is unusable.
    """
    if not isinstance(document, Mapping):
        raise InputBoundsError(f"an outcome is a JSON object, not {type(document).__name__}")
    missing = [name for name in REQUIRED if document.get(name) is None]
    if missing:
        raise InputBoundsError(f"the outcome lacks {', '.join(missing)}")
    record_id, succeeded = document["record_id"], document["succeeded"]
    if not isinstance(record_id, str) or not 0 < len(record_id) <= LONGEST_ID:
        raise InputBoundsError(f"record_id must be a text of 1 to {LONGEST_ID} characters")
    if not isinstance(succeeded, bool):
        raise InputBoundsError(f"outcome {record_id}: succeeded must be true or false")
    ((subject, relation, object_),) = check_triples([_names(document)])
    domain = document.get("domain")
    return OutcomeRecord(
        record_id=record_id,
        source=source,
        domain=domain if isinstance(domain, str) else "",
        subject=subject,
        relation=relation,
        object=object_,
        succeeded=succeeded,
        occurred_at=_moment(document["occurred_at"], record_id),
        measures=_measures(document.get("measures"), record_id),
    )


def record_digest(records: Iterable[OutcomeRecord]) -> str:
    """Return the SHA-256 of a set of records, whatever their order."""
    total = hashlib.sha256()
    for digest in sorted(record.digest for record in records):
        total.update(digest.encode("ascii"))
    return total.hexdigest()


def _names(document: JsonObject) -> tuple[JsonValue, JsonValue, JsonValue]:
    return document["subject"], document["relation"], document["object"]


def _moment(value: JsonValue, record_id: str) -> float:
    """Read seconds since the epoch, or an ISO 8601 time with its zone."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise InputBoundsError(f"outcome {record_id}: {value!r} is no ISO 8601 time") from error
        if moment.tzinfo is None:
            raise InputBoundsError(f"outcome {record_id}: occurred_at names no time zone")
        return moment.timestamp()
    return _number(value, f"outcome {record_id}: occurred_at")


def _measures(value: JsonValue, record_id: str) -> dict[str, float]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or len(value) > MOST_MEASURES:
        raise InputBoundsError(
            f"outcome {record_id}: measures must be an object of at most {MOST_MEASURES} numbers"
        )
    return {
        name: _number(figure, f"outcome {record_id}: measure {name}")
        for name, figure in sorted(value.items())
    }


def _number(value: JsonValue, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputBoundsError(f"{name} must be a finite number")
    return float(value)
