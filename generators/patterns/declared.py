"""Look up what a schema declares: audit events, signals and thresholds, by words in names."""

import re
from collections.abc import Iterable

from generators.engine.model.ruling import Ruling
from generators.engine.patterns.context import PatternContext


def audit_event(context: PatternContext, *words: str) -> str:
    """Return the first audited event whose name holds all `words`, or an empty text."""
    events = context.agent.governance.audit_scope
    return next((event for event in events if all(word in event for word in words)), "")


def event_signal(ruling: Ruling, *words: str) -> str:
    """Return the first true-or-false signal whose name holds all `words`, or an empty text."""
    return _first((signal.name for signal in ruling.signals if signal.is_event), words)


def number_signal(ruling: Ruling, *words: str) -> str:
    """Return the first numeric signal whose name holds all `words`, or an empty text."""
    return _first((signal.name for signal in ruling.signals if not signal.is_event), words)


def upper_limit(ruling: Ruling, signal: str) -> tuple[float, str] | None:
    """Return the lowest number that a rule about `signal` alone tolerates, and its schema field."""
    return _limit(ruling, signal, ">", lowest=True)


def lower_limit(ruling: Ruling, signal: str) -> tuple[float, str] | None:
    """Return the highest number below which a rule that reads `signal` may fire, and its field."""
    return _limit(ruling, signal, "<", lowest=False)


def source_of(ruling: Ruling, signal: str) -> str:
    """Return the schema field of the first rule that reads `signal`, or an empty text."""
    return next((_field(rule.pointer) for rule in ruling.rules if signal in rule.signals), "")


def word(number: float) -> str:
    """Write a number so that it can be part of a name: 0.95 becomes 0_95."""
    return re.sub(r"\W", "_", f"{number:g}")


def _limit(ruling: Ruling, signal: str, sign: str, *, lowest: bool) -> tuple[float, str] | None:
    pattern = re.compile(rf"\b{re.escape(signal)} {sign} (?P<limit>[0-9.]+(?:[eE][+-]?[0-9]+)?)")
    found: list[tuple[float, str]] = []
    for rule in ruling.rules:
        match = pattern.search(rule.expression)
        if match and (sign == "<" or rule.signals == (signal,)):
            found.append((float(match["limit"]), _field(rule.pointer)))
    if not found:
        return None
    best = min if lowest else max
    limit = best(entry[0] for entry in found)
    return next(entry for entry in found if entry[0] == limit)


def _field(pointer: str) -> str:
    return pointer.strip("/").replace("/", ".")


def _first(names: Iterable[str], words: tuple[str, ...]) -> str:
    return next((name for name in names if all(word in name for word in words)), "")
