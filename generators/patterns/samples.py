"""Values inside and outside what a schema declares, for tests."""

from typing import Final

from generators.engine.model.bindings import ValueSpec
from generators.engine.sources.canonical import Plain

_OF_ANOTHER_KIND: Final[dict[str, Plain]] = {
    "text": 1,
    "number": "1",
    "integer": "1",
    "flag": "yes",
    "texts": 1,
    "numbers": "1",
    "record": "1",
}
_SHORT: Final = 40
"""Texts up to this long are written out in a test."""


def wrong_value(value: ValueSpec) -> Plain:
    """Return a value just outside the declared bounds, else one of another kind."""
    limit = value.high if value.high is not None else value.low
    if limit is not None and value.kind in ("number", "integer"):
        outside = limit + 1 if value.high is not None else limit - 1
        return int(outside) if value.kind == "integer" else outside
    if value.kind == "text" and value.longest is not None and value.longest < _SHORT:
        return "x" * (value.longest + 1)
    return _OF_ANOTHER_KIND[value.kind]
