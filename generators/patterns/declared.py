"""Look up what a schema declares: audit events, signals and thresholds, by words in names."""

import re
from collections.abc import Iterable, Mapping

from generators.engine.model.ruling import Ruling
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain


def audit_event(context: PatternContext, *words: str) -> str:
    """Return the first audited event whose name holds all `words`, or an empty text."""
    events = context.agent.governance.audit_scope
    return next((event for event in events if all(word in event for word in words)), "")


def audited(context: PatternContext, *words: str) -> str:
    """Return the first audited event whose name holds one of `words`, the earlier ones first.

    Raises:
        RefusalError: there is none.
    """
    found = next((event for word in words if (event := audit_event(context, word))), "")
    if not found:
        raise RefusalError(
            f"governance.auditscope names no event of {' or '.join(words)} for {context.stem}.py",
            f"add one there, for example `{words[0]}_recorded`",
        )
    return found


def event_signal(ruling: Ruling, *words: str) -> str:
    """Return the first true-or-false signal whose name holds all `words`, or an empty text."""
    return _first((signal.name for signal in ruling.signals if signal.is_event), words)


def number_signal(ruling: Ruling, *words: str) -> str:
    """Return the first numeric signal whose name holds all `words`, or an empty text."""
    return _first((signal.name for signal in ruling.signals if not signal.is_event), words)


def upper_limit(ruling: Ruling, signal: str) -> tuple[float, str] | None:
    """Return the lowest number that a rule about `signal` alone tolerates, and its schema field."""
    pattern = re.compile(rf"{re.escape(signal)} > (?P<limit>[0-9.]+(?:[eE][+-]?[0-9]+)?)")
    found: list[tuple[float, str]] = []
    for rule in ruling.rules:
        match = pattern.fullmatch(rule.expression)
        if match:
            found.append((float(match["limit"]), _field(rule.pointer)))
    return min(found, key=lambda entry: entry[0], default=None)


def source_of(ruling: Ruling, signal: str) -> str:
    """Return the schema field of the first rule that reads `signal`, or an empty text."""
    return next((_field(rule.pointer) for rule in ruling.rules if signal in rule.signals), "")


def section(context: PatternContext, *keys: str) -> object:
    """Return what the agent's schema says under `keys`, None if it says nothing."""
    found: object = context.agent.data
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def entries(context: PatternContext, *keys: str) -> list[Mapping[str, Plain]]:
    """Return the mappings of the list that the agent's schema has under `keys`."""
    found = section(context, *keys)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def texts(value: object) -> list[str]:
    """Return the items of a list as texts, nothing for anything else."""
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


def word(number: float) -> str:
    """Write a number so that it can be part of a name: 0.95 becomes 0_95."""
    return re.sub(r"\W", "_", f"{number:g}")


def _field(pointer: str) -> str:
    return pointer.strip("/").replace("/", ".")


def _first(names: Iterable[str], words: tuple[str, ...]) -> str:
    return next((name for name in names if all(word in name for word in words)), "")
