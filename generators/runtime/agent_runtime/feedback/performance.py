"""How well an agent decides: each measure computed from recorded decisions and what became of them.

A measure for which nothing was recorded is None, never 0: nobody knows is not the same as bad.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np

from agent_runtime.feedback.collection import Standing
from agent_runtime.kernels.calibration import ReliabilityReport, reliability
from agent_runtime.memory.layers import MemoryLayers
from agent_runtime.reasoning.traces import PREFIX, DecisionTrace

Measure = Literal[
    "accuracy", "compliance", "acceptance", "consistency", "tensors", "transfer", "escalation"
]
"""accuracy: decisions whose prediction came true, of those known.
compliance: decisions that broke no rule.
acceptance: recommendations that were taken, of those answered.
consistency: decisions that every declared layer of memory agrees to have.
tensors: decisions for which every tensor method answered in time.
transfer: how much nearer modes that look at other domains came to the outcome than a coin does, as
    a share of the coin's squared error of 0.25 (a Brier skill score); below 0 if they misled.
escalation: escalated decisions that were refused, or that proved wrong, of those known."""

_COIN: Final = 0.25
_LEAST_FOR_CALIBRATION: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class PerformanceReport:
    """The measures of one period.

    Attributes:
        decisions: how many there were.
        judged: of how many it is known how they turned out.
        scores: value by declared metric; None where nothing was recorded.
        calibration: promised confidence against what came true; None with too few outcomes.
    """

    decisions: int
    judged: int
    scores: Mapping[str, float | None]
    calibration: ReliabilityReport | None


class Standings(Protocol):
    """Knows what was said about decisions; a generated feedback collector is one."""

    def standing(self, trace: DecisionTrace) -> Standing:
        """Return what was said about a decision so far."""
        ...


class Performance:
    """Computes the declared metrics."""

    def __init__(
        self,
        metrics: Mapping[str, Measure],
        *,
        standings: Standings,
        layers: MemoryLayers,
        transferring: Sequence[str] = (),
    ) -> None:
        """Take the measure behind each metric; `transferring` names modes that transfer."""
        self._metrics = dict(metrics)
        self._standings = standings
        self._layers = layers
        self._transferring = tuple(transferring)
        self._measures: Mapping[Measure, Callable[[_Cases], float | None]] = {
            "accuracy": lambda c: _share(s.correct for _, s in c if s.correct is not None),
            "compliance": lambda c: _share(not t.objections for t, _ in c),
            "acceptance": lambda c: _share(s.accepted for _, s in c if s.accepted is not None),
            "consistency": lambda c: _share(self._consistent(t) for t, _ in c),
            "tensors": lambda c: _share(not t.missing for t, _ in c),
            "transfer": self._transfer,
            "escalation": _needed,
        }

    def report(self, traces: Iterable[DecisionTrace]) -> PerformanceReport:
        """Return the measures over `traces`.

        Raises:
            MemoryLayerError: a layer failed.
        """
        cases = [(trace, self._standings.standing(trace)) for trace in traces]
        known = [(t, s.correct) for t, s in cases if s.correct is not None]
        return PerformanceReport(
            decisions=len(cases),
            judged=sum(standing.target is not None for _, standing in cases),
            scores={name: self._measures[m](cases) for name, m in self._metrics.items()},
            calibration=_calibration(known),
        )

    def _consistent(self, trace: DecisionTrace) -> bool:
        layers = self._layers
        checks = []
        if layers.episodic is not None:
            checks.append(layers.episodic.get(f"{PREFIX}{trace.decision_id}") is not None)
        if layers.causal is not None:
            checks.append(layers.causal.explain(trace.decision_id) is not None)
        if layers.semantic is not None:
            checks.append(layers.semantic.node(f"decision:{trace.decision_id}") is not None)
        return all(checks)

    def _transfer(self, cases: "_Cases") -> float | None:
        errors = [
            (trace.votes[mode].support - float(standing.correct)) ** 2
            for trace, standing in cases
            for mode in self._transferring
            if standing.correct is not None
            and mode in trace.votes
            and trace.votes[mode].confidence > 0.0
        ]
        return 1.0 - sum(errors) / len(errors) / _COIN if errors else None


_Cases = Sequence[tuple[DecisionTrace, Standing]]


def _share(hits: Iterable[bool | None]) -> float | None:
    counted = [bool(hit) for hit in hits]
    return sum(counted) / len(counted) if counted else None


def _needed(cases: _Cases) -> float | None:
    """Return the share of escalations that somebody had to correct."""
    return _share(
        s.approved is False or s.correct is False
        for t, s in cases
        if t.escalated and (s.approved is not None or s.correct is not None)
    )


def _calibration(known: Sequence[tuple[DecisionTrace, bool]]) -> ReliabilityReport | None:
    if len(known) < _LEAST_FOR_CALIBRATION:
        return None
    promised = np.array([trace.confidence for trace, _ in known])
    return reliability(promised, np.array([correct for _, correct in known], dtype=np.bool_))
