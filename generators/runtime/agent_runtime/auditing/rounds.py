"""Audit rounds: what arrived since the last is sampled, examined, and what is found is recorded.

A round that fails leaves its events to the next; a finding that is made again is the same finding,
so nothing is recorded or escalated twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

from agent_runtime.auditing.batch import AuditBatch, AuditCheck
from agent_runtime.auditing.findings import Finding
from agent_runtime.auditing.observed import ObservedEvent, ObservedEvents
from agent_runtime.auditing.trail import Violation
from agent_runtime.clock import Clock, isoformat
from agent_runtime.database import Database
from agent_runtime.errors import AgentError, ConfigError, GovernanceError
from agent_runtime.kernels.sampling import Drawn, draw
from agent_runtime.schedule import Interval
from agent_runtime.scheduler import JobRun, JobState, TaskScheduler

READER: Final = "audit"

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS drawn (
    message_id TEXT PRIMARY KEY,
    decision_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    stratum TEXT NOT NULL,
    probability REAL NOT NULL,
    at REAL NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class SamplingPlan:
    """How decisions are drawn.

    Attributes:
        rate: share of the decisions of each agent and kind, above 0 to 1.
        least: fewest of each agent and kind in a round.
        seed: another seed draws another sample.
        window_seconds: how far back comparisons look.
    """

    rate: float
    least: int
    seed: str
    window_seconds: float

    def __post_init__(self) -> None:
        """Check the declaration.

        Raises:
            ConfigError: a number is out of bounds or the seed empty.
        """
        if not 0.0 < self.rate <= 1.0 or self.least < 0 or self.window_seconds <= 0:
            raise ConfigError(f"sampling plan {self} is not usable")
        if not self.seed:
            raise ConfigError("a sampling plan needs its seed")

    def draw(self, events: Sequence[ObservedEvent], *, salt: str = "") -> tuple[Drawn, ...]:
        """Draw a sample of `events`, stratified by agent and kind; keys are message ids.

        `salt` varies the sample from round to round.
        """
        keys = [(observed.message_id, observed.kind) for observed in events]
        return draw(keys, rate=self.rate, least=self.least, seed=f"{self.seed}:{salt}")


@dataclass(frozen=True, kw_only=True, slots=True)
class SampledDecision:
    """One decision that was drawn, when, and with which chance."""

    drawn: Drawn
    decision_id: str
    agent: str
    at: float


class SampleLedger:
    """What was drawn in all rounds, kept for the estimates of reports."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it.

        Raises:
            MemoryLayerError: it cannot be opened.
        """
        self._database = Database(path, _TABLES, durable=True)

    def keep(self, sample: Sequence[Drawn], events: Sequence[ObservedEvent]) -> None:
        """Keep a sample of `events`; a decision that was kept before stays as it was."""
        by_id = {observed.message_id: observed for observed in events}
        rows = [
            (
                each.key,
                by_id[each.key].event.event_data.decision_id,
                by_id[each.key].event.agent,
                each.stratum,
                each.probability,
                by_id[each.key].received_at,
            )
            for each in sample
        ]
        with self._database.write() as connection:
            connection.executemany(
                "INSERT INTO drawn VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", rows
            )

    def between(self, since: float, until: float) -> tuple[SampledDecision, ...]:
        """Return what was drawn of events received from `since` to before `until`."""
        rows = self._database.rows(
            "SELECT message_id, decision_id, agent, stratum, probability, at FROM drawn"
            " WHERE at >= ? AND at < ? ORDER BY stratum, message_id",
            (since, until),
        )
        return tuple(
            SampledDecision(
                drawn=Drawn(key=str(row[0]), stratum=str(row[3]), probability=float(str(row[4]))),
                decision_id=str(row[1]),
                agent=str(row[2]),
                at=float(str(row[5])),
            )
            for row in rows
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()


class FindingRecorder(Protocol):
    """Records findings; a violation recorder is one."""

    def record(self, finding: Finding) -> tuple[Violation, bool]:
        """Return the violation, and whether it is new."""
        ...


class ViolationCarrier(Protocol):
    """Brings violations before the anchors; an escalation handler is one."""

    def report(self, violation: Violation) -> object:
        """Escalate one violation; doing it again asks nobody twice."""
        ...

    def resend(self) -> object:
        """Tell those again who did not acknowledge in time."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundResult:
    """What one round did."""

    events: int
    sampled: int
    findings: int
    recorded: tuple[Violation, ...]
    failed: tuple[str, ...]


class AuditRound:
    """Runs rounds, one at a time, over the events that an intake keeps."""

    def __init__(
        self,
        observed: ObservedEvents,
        samples: SampleLedger,
        *,
        plan: SamplingPlan,
        checks: Sequence[AuditCheck],
        recorder: FindingRecorder,
        carrier: ViolationCarrier | None,
        clock: Clock,
    ) -> None:
        """Take what a round needs; without a carrier violations are recorded and go nowhere."""
        self._observed = observed
        self._samples = samples
        self._plan = plan
        self._checks = tuple(checks)
        self._recorder = recorder
        self._carrier = carrier
        self._clock = clock
        self._one = Lock()

    def run(self, *, trace_id: str) -> RoundResult:
        """Examine what arrived since the last round.

        Every check runs, whatever the others do; then what was found is recorded and carried. If a
        check failed its events are examined again in the next round.

        Raises:
            MemoryLayerError: events, samples or violations cannot be read or written.
        """
        with self._one:
            before = self._observed.position(READER)
            fresh = self._observed.after(before)
            now = self._clock()
            sample = self._plan.draw(fresh, salt=str(before))
            self._samples.keep(sample, fresh)
            window = self._plan.window_seconds
            batch = AuditBatch(
                fresh=fresh,
                sample=sample,
                recent=self._observed.since(now - window),
                period=isoformat(now - now % window),
                trace_id=trace_id,
            )
            findings, failed = self._examine(batch)
            recorded = self._record(findings)
            if fresh and not failed:
                self._observed.advance(READER, fresh[-1].sequence)
            return RoundResult(
                events=len(fresh),
                sampled=len(sample),
                findings=len(findings),
                recorded=recorded,
                failed=failed,
            )

    def _examine(self, batch: AuditBatch) -> tuple[list[Finding], tuple[str, ...]]:
        findings: list[Finding] = []
        failed: list[str] = []
        for check in self._checks:
            try:
                findings.extend(check.examine(batch))
            except AgentError as error:
                failed.append(f"{type(check).__name__}: {error}")
        return findings, tuple(failed)

    def _record(self, findings: Sequence[Finding]) -> tuple[Violation, ...]:
        fresh: list[Violation] = []
        for finding in findings:
            violation, new = self._recorder.record(finding)
            if new:
                fresh.append(violation)
            if self._carrier is not None:
                self._carrier.report(violation)
        if self._carrier is not None:
            self._carrier.resend()
        return tuple(fresh)


def schedule_rounds(
    rounds: AuditRound, scheduler: TaskScheduler, *, name: str, seconds: float
) -> JobState:
    """Run a round every `seconds` as the job `name`; a round whose checks failed has failed.

    Raises:
        ConfigError: the job is registered already.
    """

    def run(job: JobRun) -> None:
        result = rounds.run(trace_id=job.trace_id)
        if result.failed:
            raise GovernanceError("; ".join(result.failed))

    return scheduler.register(name, Interval(seconds=seconds), run)
