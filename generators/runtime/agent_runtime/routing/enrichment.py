"""Adds to a case what the world model and its domain say, and names what they do not say.

Each declared factor condenses what its models observed of the case's domain and entities into one
number from -1 to 1. Only what has no unit is condensed:

* a deviation d (in standard deviations) counts as tanh(d / 2);
* a trend as tanh of the change in 30 days relative to the latest level;
* a range as the place of the latest level in it, the lowest being -1 and the highest 1.

The number of a factor is the mean over its signals. A signal whose name ends in a word of `ADVERSE`
speaks against a case when it is high, so its sign is turned.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import fmean
from typing import Final, Protocol

from agent_runtime.clock import Clock
from agent_runtime.errors import MemoryLayerError
from agent_runtime.escalation import Escalation
from agent_runtime.reasoning.case import Case, Enrichment
from agent_runtime.routing.domain_context import DomainContext, entities_of
from agent_runtime.routing.work import Enriched, Received
from agent_runtime.worldmodel import WorldContext, WorldFactor

ADVERSE: Final = ("cost", "default", "delay", "risk", "shortage", "volatility")
MOST_SUBJECTS: Final = 20
"""How many entities of a case the world model is asked about, besides the domain itself."""

TREND_DAYS: Final = 30.0
_MONTHS_A_SEASON: Final = 3
_MONTHS: Final = 12

Ask = Callable[[str], WorldContext]
"""Asks the world model about a subject for one use case: a method of a world model bridge."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FactorSource:
    """A declared factor and the declared models that it is made of."""

    name: str
    models: tuple[str, ...]


class ContextBuilder(Protocol):
    """Builds what a domain knows of a case; a generated domain context builder is one."""

    def build(self, case: Case) -> DomainContext:
        """Return what is known of the case's entities; gaps are named in it."""
        ...


class EventWatch(Protocol):
    """Judges signals; a generated governance bridge is one."""

    def observe_all(
        self, values: Mapping[str, float | bool], *, subject: str, trace_id: str
    ) -> tuple[Escalation, ...]:
        """Judge the named signals together and return what was escalated."""
        ...


@dataclass(frozen=True, kw_only=True)
class Enricher:
    """Enriches cases.

    Attributes:
        factors: the declared factors.
        governance: told when the world model cannot be reached.
        clock: gives the calendar.
        ask: asks the world model; None for an agent without one.
        builder: asks the domain; None for an agent without one.
        unreachable: the signal that the world model cannot be reached; empty if none is declared.
    """

    factors: tuple[FactorSource, ...]
    governance: EventWatch
    clock: Clock
    ask: Ask | None = None
    builder: ContextBuilder | None = None
    unreachable: str = ""

    def enrich(self, received: Received, focus: str = "") -> Enriched:
        """Return the case with its context; nothing is assumed for what nobody observed.

        Args:
            received: the case.
            focus: a word; signals whose name holds it become the factor `<focus>_context` too.
        """
        case = received.case
        contexts, gaps = self._contexts(case)
        found: dict[str, float] = {}
        for source in self._sources(contexts, focus):
            if source.scores:
                found[source.name] = fmean(source.scores)
            else:
                gaps.append(f"{source.name}: nothing was observed")
        if self.builder is not None:
            known = self.builder.build(case)
            found.update(known.factors())
            gaps.extend(f"domain context: {gap}" for gap in known.gaps)
        return Enriched(
            received=received,
            enrichment=Enrichment(
                contexts=contexts,
                factors=found,
                gaps=tuple(gaps),
                calendar=calendar(self.clock()),
            ),
        )

    def _contexts(self, case: Case) -> tuple[dict[str, WorldContext], list[str]]:
        """Return what the world model says of the domain and of entities that it knows."""
        if self.ask is None:
            return {}, ["no world model is wired"]
        try:
            about = self.ask(case.domain)
            contexts = {about.use_case: about}
            for entity in entities_of(case)[:MOST_SUBJECTS]:
                seen = self.ask(entity)
                if seen.factors:
                    contexts[f"{about.use_case}/{entity}"] = seen
        except MemoryLayerError as error:
            if self.unreachable:
                self.governance.observe_all(
                    {self.unreachable: True}, subject=case.packet_id, trace_id=case.trace_id
                )
            return {}, [f"the world model cannot be reached: {error}"]
        return contexts, [f"{name} is silent about {case.domain}" for name in about.silent]

    def _sources(self, contexts: Mapping[str, WorldContext], focus: str) -> Iterable["_Scores"]:
        scored = [
            (factor, score)
            for context in contexts.values()
            for factor, score in signal_scores(context.factors)
        ]
        for source in self.factors:
            yield _Scores(
                name=source.name,
                scores=[score for factor, score in scored if factor.model in source.models],
            )
        if focus:
            yield _Scores(
                name=f"{focus}_context",
                scores=[score for factor, score in scored if focus in factor.name.lower()],
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scores:
    name: str
    scores: list[float] = field(default_factory=list)


def signal_scores(factors: Iterable[WorldFactor]) -> list[tuple[WorldFactor, float]]:
    """Return each factor of one subject that has no unit or can be freed of it, with -1 to 1."""
    all_factors = tuple(factors)
    by_name = {factor.name: factor.value for factor in all_factors}
    scored = []
    for factor in all_factors:
        signal, _, kind = factor.name.rpartition(".")
        score = _score(kind, factor.value, signal, by_name)
        if score is not None:
            scored.append((factor, -score if signal.endswith(ADVERSE) else score))
    return scored


def calendar(now: float) -> dict[str, int]:
    """Return hour, weekday and season of a moment given in seconds since the epoch."""
    moment = datetime.fromtimestamp(now, UTC)
    return {
        "hour": moment.hour,
        "weekday": moment.weekday(),
        "season": moment.month % _MONTHS // _MONTHS_A_SEASON,
    }


def _score(kind: str, value: float, signal: str, by_name: Mapping[str, float]) -> float | None:
    level = by_name.get(f"{signal}.level")
    if kind == "deviation":
        return math.tanh(value / 2.0)
    if kind == "trend" and level:
        return math.tanh(TREND_DAYS * value / abs(level))
    if kind == "high" and level is not None:
        low = by_name[f"{signal}.low"]
        return 2.0 * (level - low) / (value - low) - 1.0 if value > low else None
    return None
