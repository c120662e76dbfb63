"""JSON at the edges: canonical text, and untrusted values checked once before they are believed."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import cast

from agent_runtime.errors import MemoryLayerError
from agent_runtime.values import JsonObject, JsonValue

MAX_DEPTH = 32
"""Deepest nesting accepted from outside; deeper text is an attack or a mistake."""


def canonical_json(value: JsonValue) -> str:
    """Render `value` as the one JSON text that stands for it: sorted keys, no spaces, ASCII only.

    Raises:
        ValueError: a number is NaN or infinite (JSON has neither).
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def json_problem(value: object, *, where: str, depth: int = MAX_DEPTH) -> str | None:
    """Say what keeps `value` from being JSON of at most `depth` levels, or None if nothing does.

    Args:
        value: anything, usually from a foreign caller.
        where: how to name the value in the message, e.g. ``payload``.
        depth: levels of objects and arrays still allowed; a scalar needs none.
    """
    if value is None or isinstance(value, str | bool | int):
        return None
    if isinstance(value, float):
        return None if math.isfinite(value) else f"{where} is not a finite number"
    if not isinstance(value, Mapping | list | tuple):
        return f"{where} is a {type(value).__name__}, which JSON cannot carry"
    if depth == 0:
        return f"{where} is nested too deeply"
    if isinstance(value, Mapping):
        return _mapping_problem(value, where=where, depth=depth)
    return _first(
        json_problem(item, where=f"{where}[{index}]", depth=depth - 1)
        for index, item in enumerate(value)
    )


def checked_object(
    value: object, *, name: str, refuse: Callable[[str], Exception], depth: int = MAX_DEPTH
) -> JsonObject:
    """Return `value` as a JSON object, or raise what `refuse` makes of the reason.

    Raises:
        Exception: the one `refuse` returns; `value` is no object, too deep or not finite.
    """
    if not isinstance(value, Mapping):
        raise refuse(f"{name} must be a JSON object, not {type(value).__name__}")
    problem = json_problem(value, where=name, depth=depth)
    if problem is not None:
        raise refuse(problem)
    return cast("JsonObject", value)


def parse_object(text: object) -> JsonObject:
    """Parse `text` that a store of this runtime wrote as a JSON object.

    Raises:
        MemoryLayerError: it is no text, no JSON, or no object: the store was damaged.
    """
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except ValueError as error:
        raise MemoryLayerError(f"stored JSON is damaged: {error}") from error
    if not isinstance(value, dict):
        raise MemoryLayerError("stored JSON is damaged: it is no object")
    return cast("JsonObject", value)


def _mapping_problem(value: Mapping[object, object], *, where: str, depth: int) -> str | None:
    for key in value:
        if not isinstance(key, str):
            return f"{where} has the key {key!r}, which is not text"
    return _first(
        json_problem(item, where=f"{where}.{key}", depth=depth - 1) for key, item in value.items()
    )


def _first(problems: Iterable[str | None]) -> str | None:
    return next((problem for problem in problems if problem is not None), None)
