"""A value that was not written as it is used: what it was derived from, and how."""

from dataclasses import dataclass

from generators.engine.findings import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Derived:
    """One derived value at a schema pointer."""

    pointer: str
    place: Place
    value: str
    how: str
