"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by report_generator@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.auditing.reports import (
    checked_report,
    compliance_report,
    counts,
    figure_of,
    report_bytes,
    results,
    span_of,
)
from agent_runtime.clock import Clock, system_clock
from agent_runtime.guards import checked_output
from agent_runtime.shapes.auditing import (
    AuditResultsRequest,
    AuditResultsResponse,
    ComplianceReportRequest,
    ComplianceReportResponse,
    ViolationCountResponse,
    ViolationQuery,
)
from agent_runtime.shapes.base import Call

from L9.governance.tensor_auditor.audit_sampling_engine import AuditSamplingEngine
from L9.governance.tensor_auditor.event_subscriber import EventSubscriber
from L9.governance.tensor_auditor.memory_bridge import MemoryBridge
from L9.governance.tensor_auditor.violation_recorder import KINDS, ViolationRecorder

CONDUCT: Final = "governance_rule_violated"
LEVEL: Final = 0.99  # auditing.confidencelevel
SECONDS_A_DAY: Final = 86_400.0


class ReportGenerator:
    """Reads the trail, the samples and what was observed; computes nothing from anything else."""

    def __init__(
        self,
        subscriber: EventSubscriber,
        sampling: AuditSamplingEngine,
        recorder: ViolationRecorder,
        memory: MemoryBridge,
        clock: Clock = system_clock,
    ) -> None:
        self._subscriber = subscriber
        self._sampling = sampling
        self._recorder = recorder
        self._memory = memory
        self._clock = clock

    def results_call(self, request: AuditResultsRequest, call: Call) -> AuditResultsResponse:
        """Return the violations that `request` asks for, newest first.

        Raises:
            InputBoundsError: a time of the request is none.
        """
        return results(self._recorder.trail, request, call)

    def count_call(self, request: ViolationQuery, call: Call) -> ViolationCountResponse:
        """Count the violations that `request` asks for, by kind, severity and agent.

        Raises:
            InputBoundsError: a time of the request is none.
        """
        return counts(self._recorder.trail, request, call, kinds=KINDS)

    def report_call(self, request: ComplianceReportRequest, call: Call) -> ComplianceReportResponse:
        """Write a report about the span that `request` asks for, and archive it.

        Raises:
            InputBoundsError: a time of the request is none, or the span is empty.
            MemoryLayerError: the report could not be archived.
            OutputBoundsError: a figure is not traced to its violations; nothing is answered.
        """
        report = self._report(span_of(request, self._clock()), call)
        self._memory.archive(f"reports/{report.decision_id}.json", report_bytes(report))
        return report

    def compliance_score(self) -> float:
        """Return the estimated share of the last day's decisions that break no rule.

        NaN while nothing was sampled.
        """
        now = self._clock()
        call = Call(trace_id="tensor_auditor", caller="tensor_auditor")
        return figure_of(self._report((now - SECONDS_A_DAY, now), call), "compliance_score")

    def _report(self, span: tuple[float, float], call: Call) -> ComplianceReportResponse:
        since, until = span
        report = compliance_report(
            self._recorder.trail,
            self._observed(since, until),
            self._sampling.sampled(since, until),
            call,
            kinds=tuple(KINDS),
            conduct=CONDUCT,
            span=span,
            level=LEVEL,
        )
        for figure in report.figures:
            checked_output(figure.value, low=0.0, high=None, name=figure.name)
        return checked_report(report)

    def _observed(self, since: float, until: float) -> tuple[ObservedEvent, ...]:
        events = self._subscriber.observed.since(since)
        return tuple(observed for observed in events if observed.received_at < until)
