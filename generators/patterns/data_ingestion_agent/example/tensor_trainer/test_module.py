"""What `L9.example.module` promises.

Expected by the schema and by data_ingestion_agent@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from agent_runtime.datasets.ingestion import OutcomePage
from agent_runtime.datasets.ledger import SECONDS_A_DAY, IngestionCounts, OutcomeLedger
from agent_runtime.errors import InputBoundsError
from agent_runtime.events import new_event
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_outcomes import outcome_document, outcome_documents
from agent_runtime.values import JsonValue

from L9.orchestration.tensor_trainer.data_ingestion_agent import (
    AUDIT_EVENT,
    LEAST_SCORE,
    SCOPE_DAYS,
    TOPICS,
    DataIngestionAgent,
)
from L9.orchestration.tensor_trainer.governance_bridge import (
    POLICY,
    RULES,
    SIGNALS,
    GovernanceBridge,
)

BROKEN: JsonValue = {"record_id": "broken"}


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="tensor_trainer", signals=SIGNALS, rules=RULES, policy=POLICY)


@pytest.fixture
def ledger(tmp_path: Path, bench: AgentBench) -> Iterator[OutcomeLedger]:
    ledger = OutcomeLedger(tmp_path / "outcomes.db", bench.clock)
    yield ledger
    ledger.close()


@pytest.fixture
def ingestion(bench: AgentBench, ledger: OutcomeLedger) -> DataIngestionAgent:
    return DataIngestionAgent(GovernanceBridge(bench.governance), ledger)


class Pages:
    """Four outcomes in two pages, as an adapter hands them out."""

    name = "adapter"

    def __init__(self, documents: Sequence[JsonValue]) -> None:
        self._documents = documents

    def outcomes_after(self, position: str, *, trace_id: str) -> OutcomePage:
        """Return two outcomes."""
        assert trace_id == TRACE
        at = int(position or 0)
        rows = tuple(self._documents[at : at + 2])
        return OutcomePage(outcomes=rows, position=str(at + 2) if at < 2 else "")


@pytest.mark.positive
def test_an_outcome_counts_once_however_often_it_is_reported(
    bench: AgentBench, ingestion: DataIngestionAgent, ledger: OutcomeLedger
) -> None:
    documents = outcome_documents(3, at=bench.clock())
    first = ingestion.take(documents, source="adapter", trace_id=TRACE)
    again = ingestion.take(documents, source="adapter", trace_id=TRACE)
    assert (first.taken, again.taken, again.repeated) == (3, 0, 3)
    assert len(ledger.records()) == 3
    assert bench.actions() == [AUDIT_EVENT]


@pytest.mark.positive
def test_what_is_pushed_over_the_declared_topics_is_taken_in(
    bench: AgentBench, ingestion: DataIngestionAgent
) -> None:
    ingestion.listen(bench.bus)
    for number, topic in enumerate(TOPICS):
        _root, agent, event_type = topic.split(".")
        event = new_event(
            event_type,
            agent,
            decision_id=f"d-{number}",
            confidence=1.0,
            result=outcome_document(number, at=bench.clock()),
            trace_id=TRACE,
            clock=bench.clock,
        )
        bench.bus.publish(event.topic, event.to_json(), key="k")
    bench.bus.pump()
    assert TOPICS == ("events.plastos_adapter.report_outcome",)
    assert ingestion.counts() == IngestionCounts(taken=len(TOPICS))


@pytest.mark.positive
def test_how_late_outcomes_of_the_last_day_come_in_is_known(
    bench: AgentBench, ingestion: DataIngestionAgent
) -> None:
    assert math.isnan(ingestion.latency())
    for number, late in enumerate((10.0, 20.0)):
        document = outcome_document(number, at=bench.clock() - late)
        ingestion.take([document], source="adapter", trace_id=TRACE)
    assert ingestion.latency() == pytest.approx(15.0)
    bench.clock.advance(86_401.0)
    assert math.isnan(ingestion.latency())


@pytest.mark.positive
def test_a_pull_reads_all_pages(bench: AgentBench, ingestion: DataIngestionAgent) -> None:
    pages = Pages(outcome_documents(4, at=bench.clock()))
    assert ingestion.pull(pages, trace_id=TRACE) == IngestionCounts(taken=4)


@pytest.mark.positive
def test_good_data_disturbs_nobody(bench: AgentBench, ingestion: DataIngestionAgent) -> None:
    ingestion.take(outcome_documents(30, at=bench.clock()), source="adapter", trace_id=TRACE)
    found = ingestion.assess("job-1", trace_id=TRACE)
    assert (found.report.score, found.report.issues, found.raised) == (1.0, (), ())
    assert len(found.records) == 30
    assert bench.escalations.pending() == ()


@pytest.mark.positive
def test_outcomes_of_another_domain_are_left_out(
    bench: AgentBench, ingestion: DataIngestionAgent
) -> None:
    ingestion.take(
        outcome_documents(5, at=bench.clock(), domain="elsewhere"), source="b", trace_id=TRACE
    )
    ingestion.take(
        outcome_documents(7, at=bench.clock(), domain="here"), source="a", trace_id=TRACE
    )
    assert ingestion.assess("job-1", domain="here", trace_id=TRACE).report.records == 7
    assert ingestion.assess("job-1", trace_id=TRACE).report.records == 12


@pytest.mark.positive
def test_old_outcomes_and_refusals_leave_the_scope(
    bench: AgentBench, ingestion: DataIngestionAgent
) -> None:
    old = outcome_documents(3, at=bench.clock())
    ingestion.take([*old, BROKEN], source="a", trace_id=TRACE)
    bench.clock.advance((SCOPE_DAYS or 0.0) * SECONDS_A_DAY + 1.0)
    fresh = outcome_document(99, at=bench.clock())
    ingestion.take([fresh], source="a", trace_id=TRACE)
    report = ingestion.assess("job-1", trace_id=TRACE).report
    assert SCOPE_DAYS == 730
    kept = (1, 1.0) if SCOPE_DAYS is not None else (4, 0.8)
    assert (report.records, report.completeness) == pytest.approx(kept)


@pytest.mark.negative
def test_quality_below_0_9_is_an_issue(bench: AgentBench, ingestion: DataIngestionAgent) -> None:
    documents = outcome_documents(3, at=bench.clock())
    ingestion.take([*documents, *[BROKEN] * 297], source="adapter", trace_id=TRACE)
    found = ingestion.assess("job-1", trace_id=TRACE)
    assert found.report.score == pytest.approx(0.01)
    assert LEAST_SCORE == 0.9
    assert len(found.report.issues) == 1
    waiting = bench.escalations.pending()
    assert {each.subject for each in waiting} == {"job-1"}
    conditions = " ".join(each.condition for each in waiting)
    assert "data_quality_issue_detected" in conditions
    assert "data_quality" in conditions


@pytest.mark.negative
def test_an_unusable_report_is_refused_and_audited_with_its_reason(
    bench: AgentBench, ingestion: DataIngestionAgent
) -> None:
    assert ingestion.take([BROKEN], source="adapter", trace_id=TRACE) == IngestionCounts(refused=1)
    (record,) = bench.audit.records()
    assert (record.action, record.subject, record.trace_id) == (AUDIT_EVENT, "adapter", TRACE)
    assert "lacks subject" in str(record.detail["refused"])


@pytest.mark.negative
def test_another_outcome_under_a_known_id_is_refused(
    bench: AgentBench, ingestion: DataIngestionAgent
) -> None:
    document = outcome_document(1, at=bench.clock())
    ingestion.take([document], source="adapter", trace_id=TRACE)
    changed = {**document, "succeeded": not document["succeeded"]}
    found = ingestion.take([changed], source="adapter", trace_id=TRACE)
    assert found == IngestionCounts(refused=1)


@pytest.mark.negative
def test_without_outcomes_there_is_nothing_to_judge(ingestion: DataIngestionAgent) -> None:
    with pytest.raises(InputBoundsError, match="no outcomes"):
        ingestion.assess("job-1", trace_id=TRACE)
