"""Compile whole policies, triggers, alerts and reward functions of a schema.

A policy lists clauses, separated by commas or written as `- ` bullets, possibly after a lead-in
such as `Auto-escalate if:`. Every clause becomes a condition or says why it could not.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from generators.engine.rules.conditions import Condition, SignalUse, Threshold, parse_condition
from generators.engine.rules.quantities import Quantity, parse_quantity
from generators.engine.rules.syntax import Event
from generators.engine.rules.uncompiled import Uncompiled
from generators.engine.rules.units import derive_unit

ALERT_TARGETS = ("ops", "governance", "team", "escalation")

_LEAD_IN = re.compile(r"\s*(?P<lead>[A-Za-z][A-Za-z \-]*?)\s*:(?=\s|$)")
_NEGATION = re.compile(r"\b(?:except|never|no|not|unless)\b", re.IGNORECASE)
_BULLET = re.compile(r"(?:^|(?<=\s))[-*•]\s+")
_CLAUSE_END = re.compile(r"[;\n]|,(?!\d)")
_LIST_WORD = re.compile(r"or\s+", re.IGNORECASE)
_ALERT = re.compile(
    r"\s*alert[_ ]+(?P<target>[A-Za-z]+)[_ ]+(?:if|when)[_ ]+(?P<condition>.+)",
    re.IGNORECASE | re.DOTALL,
)
_TRIGGER_LEAD = re.compile(r"\s*(?:escalate[_ ]+)?(?:if|when)[_ ]+", re.IGNORECASE)
_WINDOW = re.compile(r"(?<![A-Za-z0-9])(\d+_?(?:days?|hours?|weeks?))(?![A-Za-z0-9])")
_METRIC_WORDS = frozenset(
    {"accuracy", "efficiency", "gain", "margin", "precision", "rate", "recall", "score"}
)
_EVENT_PREFIXES = ("high_", "low_", "passes_")

Clause = Condition | Uncompiled


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """An escalation policy: any one of its clauses is enough.

    Attributes:
        text: The schema's own words.
        lead: The lead-in without its colon, or None.
        clauses: One entry a clause, in the order of the text; none is dropped.
    """

    text: str
    lead: str | None
    clauses: tuple[Clause, ...]

    def __iter__(self) -> Iterator[Clause]:
        return iter(self.clauses)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return the clauses that compiled."""
        return tuple(clause for clause in self.clauses if isinstance(clause, Condition))

    @property
    def uncompiled(self) -> tuple[Uncompiled, ...]:
        """Return the clauses that did not; positions count from the start of the policy."""
        return tuple(clause for clause in self.clauses if isinstance(clause, Uncompiled))


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """An alert rule: whom to tell (`ALERT_TARGETS`), and when."""

    target: str
    condition: Condition
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reward:
    """What a reward or penalty function measures: a metric or a condition, exactly one of them.

    `window` is the time after which the outcome is known, where the prose names it.
    """

    text: str
    metric: SignalUse | None
    condition: Condition | None
    window: Quantity | None


def parse_policy(text: str, thresholds: Mapping[str, Threshold]) -> Policy:
    """Split a policy into clauses and compile each.

    Args:
        text: The policy, folded or not.
        thresholds: Values for symbols, see `parse_condition`.
    """
    lead = _LEAD_IN.match(text)
    start = lead.end() if lead else 0
    if lead and _NEGATION.search(lead["lead"]):
        refusal = Uncompiled(text=text, reason="a lead-in that negates what follows")
        return Policy(text=text, lead=lead["lead"], clauses=(refusal,))
    clauses = tuple(
        _placed(parse_condition(clause, thresholds), text, offset)
        for clause, offset in _clauses(text, start)
    )
    if not clauses:
        clauses = (Uncompiled(text=text, reason="a policy without a clause", position=start),)
    return Policy(text=text, lead=lead["lead"] if lead else None, clauses=clauses)


def parse_trigger(text: str, thresholds: Mapping[str, Threshold]) -> Clause:
    """Compile one escalation trigger; a leading `escalate_if_` or `if_` says nothing more."""
    lead = _TRIGGER_LEAD.match(text)
    start = lead.end() if lead else 0
    return _as_written(parse_condition(text[start:], thresholds), text, start)


def parse_alert(text: str, thresholds: Mapping[str, Threshold]) -> Alert | Uncompiled:
    """Compile an alert such as `alert_ops_if_latency_> 500ms`."""
    match = _ALERT.fullmatch(text)
    if match is None:
        return Uncompiled(text=text, reason="expected `alert_<target>_if_<condition>`")
    target = match["target"].lower()
    if target not in ALERT_TARGETS:
        reason = f"`{target}` is none of the targets {', '.join(ALERT_TARGETS)}"
        return Uncompiled(text=text, reason=reason, position=match.start("target"))
    start = match.start("condition")
    condition = _as_written(parse_condition(match["condition"], thresholds), text, start)
    if isinstance(condition, Uncompiled):
        return condition
    return Alert(target=target, condition=condition, text=text)


def parse_reward(text: str, thresholds: Mapping[str, Threshold]) -> Reward | Uncompiled:
    """Compile a reward or penalty function.

    A single name that ends in a measuring word (`match_accuracy`) is a metric to maximise (or
    minimise, in a penalty); anything else is a condition to be met.
    """
    parsed = parse_condition(text, thresholds)
    if isinstance(parsed, Uncompiled):
        return parsed
    spans = [span for note in parsed.notes for span in _WINDOW.findall(note.replace("_", " "))]
    window = parse_quantity(spans[0]) if spans else None
    if isinstance(parsed.tree, Event) and _is_metric(name := parsed.tree.name.text):
        metric = SignalUse(name=name, unit=derive_unit(name), kind="number", derived=True)
        return Reward(text=text, metric=metric, condition=None, window=window)
    return Reward(text=text, metric=None, condition=parsed, window=window)


def _is_metric(name: str) -> bool:
    return name.rsplit("_", 1)[-1] in _METRIC_WORDS and not name.startswith(_EVENT_PREFIXES)


def _clauses(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Yield each clause with its offset in `text`; parentheses protect what is inside."""
    bullets = _BULLET.match(text, start + len(text[start:]) - len(text[start:].lstrip()))
    for begin, end in _pieces(text, start, bulleted=bullets is not None):
        piece = text[begin:end]
        stripped = piece.strip()
        offset = begin + piece.find(stripped)
        joined = _LIST_WORD.match(stripped) if begin > start else None
        if joined:
            stripped, offset = stripped[joined.end() :], offset + joined.end()
        if stripped:
            yield stripped.rstrip("."), offset


def _pieces(text: str, start: int, *, bulleted: bool) -> Iterator[tuple[int, int]]:
    """Yield begin and end of the text between separators outside parentheses."""
    depth, begin, index = 0, start, start
    while index < len(text):
        depth = max(0, depth + {"(": 1, ")": -1}.get(text[index], 0))
        separator = None if depth else _separator(text, index, bulleted=bulleted)
        if separator is None:
            index += 1
            continue
        yield begin, index
        begin = index = separator.end()
    yield begin, len(text)


def _separator(text: str, index: int, *, bulleted: bool) -> re.Match[str] | None:
    bullet = _BULLET.match(text, index) if bulleted else None
    if bullet:
        return bullet
    if bulleted and text[index] == "\n":
        return None
    return _CLAUSE_END.match(text, index)


def _placed(clause: Clause, text: str, offset: int) -> Clause:
    """Give the refusal of a clause its place in the policy; conditions keep their own text."""
    return clause.within(text, offset) if isinstance(clause, Uncompiled) else clause


def _as_written(clause: Clause, text: str, offset: int) -> Clause:
    """Give a clause the text of the whole entry that it came from."""
    if isinstance(clause, Uncompiled):
        return clause.within(text, offset)
    return replace(clause, text=text)
