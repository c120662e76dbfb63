"""Answers questions to the decision log, page by page."""

import json
from collections.abc import Sequence
from typing import Final

from agent_runtime.errors import InputBoundsError
from agent_runtime.jsontext import canonical_json
from agent_runtime.memory.episodic import EpisodicMemory, Scalar
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.decision_log import (
    DecisionLogRequest,
    DecisionLogResponse,
    LoggedDecision,
)
from agent_runtime.values import JsonValue

_WORDS: Final = {"true": True, "false": False}
_NUMBERS: Final = ("score", "confidence", "criticality")


def read_log(
    episodes: EpisodicMemory, request: DecisionLogRequest, call: Call, *, indexed: Sequence[str]
) -> DecisionLogResponse:
    """Return the page of the log that was asked for.

    Args:
        episodes: the log.
        request: time, page, and in further parameters the values of indexed fields.
        call: the call.
        indexed: the fields that the schema indexes the log by.

    Raises:
        InputBoundsError: a field is not indexed, or a value of another kind than the field's.
        MemoryLayerError: the log could not be read.
    """
    where: dict[str, Scalar] = {}
    for name, value in (request.model_extra or {}).items():
        if name not in indexed:
            raise InputBoundsError(
                f"{name[:80]!r} is not indexed; ask by one of {', '.join(indexed) or 'none'}"
            )
        where[name] = _value(name, value)
    start = (request.page - 1) * request.page_size
    found = episodes.find(
        where, since=request.since, until=request.until, limit=start + request.page_size + 1
    )
    return DecisionLogResponse(
        trace_id=call.trace_id,
        decisions=tuple(
            LoggedDecision(
                decision_id=each.decision_id,
                timestamp=each.timestamp,
                confidence=each.confidence_score,
                governance_status=each.governance_status,
                trace_id=each.trace_id,
                data=json.loads(canonical_json(each.decision_data)),
            )
            for each in found[start : start + request.page_size]
        ),
        page=request.page,
        more=len(found) > start + request.page_size,
    )


def _value(name: str, value: JsonValue) -> Scalar:
    """Read a parameter of a query, which is a text, as the kind of value that the field holds."""
    if isinstance(value, list) and value:
        value = value[-1]
    if not isinstance(value, str | int | float):
        raise InputBoundsError(f"{name} must be a text, a number, true or false")
    if not isinstance(value, str):
        return value
    if value in _WORDS:
        return _WORDS[value]
    if not name.endswith(_NUMBERS):
        return value
    try:
        return float(value)
    except ValueError:
        raise InputBoundsError(f"{name} must be a number, not {value[:80]!r}") from None
