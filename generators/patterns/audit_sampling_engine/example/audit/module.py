"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by audit_sampling_engine@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agent_runtime.auditing.batch import AuditCheck
from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.auditing.rounds import (
    AuditRound,
    FindingRecorder,
    SampledDecision,
    SampleLedger,
    SamplingPlan,
    ViolationCarrier,
    schedule_rounds,
)
from agent_runtime.clock import Clock, system_clock
from agent_runtime.kernels.sampling import Drawn
from agent_runtime.scheduler import JobState, TaskScheduler

from L9.governance.tensor_auditor.event_subscriber import EventSubscriber

PLAN: Final = SamplingPlan(
    rate=0.25,  # auditing.samplingrate
    least=5,  # auditing.leastperkind
    seed="tensor_auditor",
    window_seconds=86400,  # auditing.windowseconds
)
INTERVAL_SECONDS: Final = 60  # auditing.intervalseconds
JOB: Final = "audit"


class AuditSamplingEngine:
    """Draws decisions by `PLAN`, stratified by agent and kind, and has each round audited."""

    def __init__(self, samples: SampleLedger, clock: Clock = system_clock) -> None:
        self._samples = samples
        self._clock = clock

    @classmethod
    def open(cls, folder: Path, clock: Clock = system_clock) -> "AuditSamplingEngine":
        """Return an engine that keeps its samples in `folder`.

        Raises:
            MemoryLayerError: the store cannot be opened.
        """
        return cls(SampleLedger(folder / "samples.db"), clock)

    def draw(self, events: Sequence[ObservedEvent]) -> tuple[Drawn, ...]:
        """Draw 0.25 of the events of each kind, at least 5; the same each time."""
        return PLAN.draw(events)

    def sampled(self, since: float, until: float) -> tuple[SampledDecision, ...]:
        """Return what rounds drew of events received from `since` to before `until`."""
        return self._samples.between(since, until)

    def rounds(
        self,
        subscriber: EventSubscriber,
        recorder: FindingRecorder,
        *,
        conduct: AuditCheck | None = None,
        bias: AuditCheck | None = None,
        drift: AuditCheck | None = None,
        fraud: AuditCheck | None = None,
        policies: AuditCheck | None = None,
        escalations: ViolationCarrier | None = None,
    ) -> AuditRound:
        """Return rounds over what `subscriber` observes, with the checks that are given."""
        checks = (conduct, bias, drift, fraud, policies)
        return AuditRound(
            subscriber.observed,
            self._samples,
            plan=PLAN,
            checks=[check for check in checks if check is not None],
            recorder=recorder,
            carrier=escalations,
            clock=self._clock,
        )

    def register(
        self,
        scheduler: TaskScheduler,
        subscriber: EventSubscriber,
        recorder: FindingRecorder,
        *,
        conduct: AuditCheck | None = None,
        bias: AuditCheck | None = None,
        drift: AuditCheck | None = None,
        fraud: AuditCheck | None = None,
        policies: AuditCheck | None = None,
        escalations: ViolationCarrier | None = None,
    ) -> JobState:
        """Audit what was observed every 60 seconds from now on.

        Raises:
            ConfigError: the job is registered already.
        """
        rounds = self.rounds(
            subscriber,
            recorder,
            conduct=conduct,
            bias=bias,
            drift=drift,
            fraud=fraud,
            policies=policies,
            escalations=escalations,
        )
        return schedule_rounds(rounds, scheduler, name=JOB, seconds=INTERVAL_SECONDS)

    def close(self) -> None:
        """Close the store."""
        self._samples.close()
