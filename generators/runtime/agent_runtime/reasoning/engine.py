"""The reasoning engine: runs the declared modes over a case, combines them, and thinks again.

Modes run in their declared order while there is time. A mode that fails, or that there is no time
for, is named in the draft and lowers its confidence. Reflection then criticises the draft: where
two sure modes contradict each other the engine tries again without the weaker one (one step back
at a time, `MOST_STEPS` at most) and keeps the draft with the fewest faults; a step that leads to
where it has been already is a cycle, and ends it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from agent_runtime.clock import Clock
from agent_runtime.errors import AgentError, DeadlineExceededError
from agent_runtime.reasoning.case import Case, Draft, Enrichment, TensorResults, Verdict
from agent_runtime.reasoning.modes import Mode
from agent_runtime.reasoning.reflection import Criticism

MOST_STEPS: Final = 3
NO_TIME: Final = "no time was left"


class Combiner(Protocol):
    """Turns verdicts into a draft; a generated decision synthesizer is one."""

    def combine(
        self, case: Case, verdicts: Sequence[Verdict], skipped: Mapping[str, str] | None = None
    ) -> Draft:
        """Return the draft that `verdicts` amount to."""
        ...


class Critic(Protocol):
    """Looks at drafts before anybody acts on them; a generated reflective auditor is one."""

    def criticise(self, draft: Draft) -> tuple[Criticism, ...]:
        """Return what is wrong with `draft`."""
        ...

    def enter(self, case: Case) -> None:
        """Note that `case` is about to be reasoned about; a cycle is reported."""
        ...

    def circled(self, case: Case) -> None:
        """Report that reasoning about `case` came back to where it had been."""
        ...


class StagedReasoning:
    """Runs modes, synthesis and reflection within a deadline."""

    def __init__(
        self,
        modes: Mapping[str, Mode],
        combiner: Combiner,
        critic: Critic | None,
        clock: Clock,
        *,
        budget_ms: float,
    ) -> None:
        """Take the modes in their order; `budget_ms` is for cases without a deadline."""
        self._modes = dict(modes)
        self._combiner = combiner
        self._critic = critic
        self._clock = clock
        self._budget_ms = budget_ms

    def decide(self, case: Case, enrichment: Enrichment, tensors: TensorResults) -> Draft:
        """Return the draft for `case`.

        Raises:
            DeadlineExceededError: the deadline passed before any mode gave a verdict.
        """
        began = self._clock()
        ends = case.deadline if case.deadline is not None else began + self._budget_ms / 1000.0
        if self._critic is not None:
            self._critic.enter(case)
        verdicts, skipped = self._heard(case, enrichment, tensors, ends)
        if not verdicts and NO_TIME in skipped.values():
            raise DeadlineExceededError(f"no mode had time to look at packet {case.packet_id}")
        draft = self._reflected(case, verdicts, skipped, ends)
        return _completed(draft, enrichment, tensors, (self._clock() - began) * 1000.0)

    def _heard(
        self, case: Case, enrichment: Enrichment, tensors: TensorResults, ends: float
    ) -> tuple[list[Verdict], dict[str, str]]:
        verdicts: list[Verdict] = []
        skipped: dict[str, str] = {}
        for name, mode in self._modes.items():
            if self._clock() >= ends:
                skipped[name] = NO_TIME
                continue
            try:
                verdicts.append(mode.reason(case, enrichment, tensors))
            except AgentError as error:
                skipped[name] = f"{error.title}: {error}"
        return verdicts, skipped

    def _reflected(
        self, case: Case, verdicts: list[Verdict], skipped: Mapping[str, str], ends: float
    ) -> Draft:
        """Combine, criticise, and step back from contradictions while that helps."""
        first = best = self._combiner.combine(case, verdicts, skipped)
        if self._critic is None:
            return first
        faults = best_faults = self._critic.criticise(first)
        left, been = list(verdicts), {_place(first, verdicts)}
        for _ in range(MOST_STEPS):
            doubted = next((each.modes[0] for each in faults if each.modes), None)
            if doubted is None or self._clock() >= ends:
                break
            left = [verdict for verdict in left if verdict.mode != doubted]
            gone = {v.mode: "set aside: contradicted" for v in verdicts if v not in left}
            draft = self._combiner.combine(case, left, {**skipped, **gone})
            if _place(draft, left) in been:
                self._critic.circled(case)
                break
            been.add(_place(draft, left))
            faults = self._critic.criticise(draft)
            if len(faults) < len(best_faults):
                best, best_faults = draft, faults
        return _with_reasons(best, best_faults)


def _place(draft: Draft, verdicts: Sequence[Verdict]) -> tuple[object, ...]:
    """Return what tells one state of the reasoning from another."""
    return draft.ranking, tuple(verdict.mode for verdict in verdicts)


def _with_reasons(draft: Draft, faults: Sequence[Criticism]) -> Draft:
    return replace(draft, reasons=(*draft.reasons, *(each.text for each in faults)))


def _completed(
    draft: Draft, enrichment: Enrichment, tensors: TensorResults, latency_ms: float
) -> Draft:
    return replace(draft, enrichment=enrichment, tensors=tensors, latency_ms=max(0.0, latency_ms))
