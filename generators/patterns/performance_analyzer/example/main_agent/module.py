"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by performance_analyzer@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.decisions import SECONDS_AN_HOUR
from agent_runtime.feedback.performance import Measure, Performance, PerformanceReport, Standings
from agent_runtime.scheduler import JobRun

from L9.agents.main.episodic_logger import EpisodicLogger
from L9.agents.main.governance_bridge import GovernanceBridge
from L9.core.memorymanager import MemoryLayers
from L9.orchestration.taskscheduler import Interval, JobState, TaskScheduler

METRICS: Final[Mapping[str, Measure]] = {
    "reasoning_accuracy": "accuracy",
    "governance_compliance_rate": "compliance",
    "domain_acceptance_rate": "acceptance",
    "memory_consistency": "consistency",
    "tensor_integration_efficiency": "tensors",
    "cross_domain_learning_transfer": "transfer",
    "escalation_necessity": "escalation",
}  # governancefeedbackcycle.improvementscoring
TRANSFERRING: Final[tuple[str, ...]] = (
    "multi_domain_pattern_matching",
    "analogical_transfer",
)  # reasoningengine.strategymodes
HOURS: Final = 24  # governancefeedbackcycle.reportfrequencyhours
JOB: Final = "performance"
AUDIT_EVENT: Final = "learning_feedback_collection"  # governance.auditscope


class PerformanceAnalyzer:
    """Scores the decisions of a period; what nobody knows is None, not 0."""

    def __init__(
        self,
        layers: MemoryLayers,
        logger: EpisodicLogger,
        standings: Standings,
        governance: GovernanceBridge,
        clock: Clock,
    ) -> None:
        self._logger = logger
        self._governance = governance
        self._clock = clock
        self._performance = Performance(
            METRICS, standings=standings, layers=layers, transferring=TRANSFERRING
        )

    def register(self, scheduler: TaskScheduler) -> JobState:
        """Report every 24 hours from now on.

        Raises:
            ConfigError: the job is registered already.
        """

        def report(run: JobRun) -> None:
            self.report(trace_id=run.trace_id)

        return scheduler.register(JOB, Interval(seconds=HOURS * SECONDS_AN_HOUR), report)

    def report(self, *, trace_id: str, hours: float = HOURS) -> PerformanceReport:
        """Score the decisions of the last `hours` and have the scores audited.

        Raises:
            MemoryLayerError: a layer failed.
        """
        since = self._clock() - hours * SECONDS_AN_HOUR
        report = self._performance.report(self._logger.recent(since))
        self._governance.audit(
            AUDIT_EVENT,
            JOB,
            {"decisions": report.decisions, "judged": report.judged, **report.scores},
            trace_id,
        )
        return report
