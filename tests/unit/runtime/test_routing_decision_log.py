"""The decision log is asked by indexed fields and time, page by page."""

from pathlib import Path

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError
from agent_runtime.memory.episodic import Episode, SqliteEpisodicMemory
from agent_runtime.memory.topology import EpisodicSpec
from agent_runtime.routing.decision_log import read_log
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.decision_log import DecisionLogRequest
from agent_runtime.testing import TRACE

INDEXED = ("domain", "governance_escalation", "risk_score")
CALL = Call(trace_id=TRACE)


@pytest.fixture
def log(tmp_path: Path) -> SqliteEpisodicMemory:
    clock = ManualClock()
    spec = EpisodicSpec(index_by=INDEXED, retention_days=None, purpose="p")
    memory = SqliteEpisodicMemory(tmp_path / "e.db", spec, clock)
    for number in range(5):
        memory.log(
            Episode(
                decision_id=f"d{number}",
                agent_id="hub",
                decision_data={
                    "domain": "A" if number % 2 else "B",
                    "governance_escalation": number == 4,
                    "risk_score": number / 4,
                },
                confidence_score=0.5,
                trace_id=TRACE,
                governance_status="proceeded",
            )
        )
        clock.advance(10.0)
    return memory


def names(log: SqliteEpisodicMemory, **parameters: object) -> tuple[list[str], bool]:
    request = DecisionLogRequest.model_validate(parameters)
    page = read_log(log, request, CALL, indexed=INDEXED)
    return [each.decision_id for each in page.decisions], page.more


def test_pages_hold_the_newest_first_and_tell_of_the_next(log: SqliteEpisodicMemory) -> None:
    assert names(log, page_size=2) == (["d4", "d3"], True)
    assert names(log, page_size=2, page=2) == (["d2", "d1"], True)
    assert names(log, page_size=2, page=3) == (["d0"], False)
    assert names(log, page_size=2, page=4) == ([], False)


def test_time_and_indexed_fields_restrict_what_is_found(log: SqliteEpisodicMemory) -> None:
    start = log.get("d0").timestamp  # type: ignore[union-attr]
    assert names(log, since=start + 20.0, until=start + 40.0)[0] == ["d3", "d2"]
    assert names(log, domain="A")[0] == ["d3", "d1"]
    assert names(log, domain=["B", "A"])[0] == ["d3", "d1"]
    assert names(log, governance_escalation="true")[0] == ["d4"]
    assert names(log, risk_score="0.25")[0] == ["d1"]
    assert names(log, risk_score=0.5)[0] == ["d2"]


def test_a_decision_is_told_with_its_data(log: SqliteEpisodicMemory) -> None:
    page = read_log(log, DecisionLogRequest(page_size=1), CALL, indexed=INDEXED)
    (decision,) = page.decisions
    assert decision.data == {"domain": "B", "governance_escalation": True, "risk_score": 1.0}
    assert (decision.confidence, decision.governance_status) == (0.5, "proceeded")
    assert page.trace_id == TRACE


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"payload": "x"}, "'payload' is not indexed; ask by one of domain"),
        ({"risk_score": "high"}, "risk_score must be a number, not 'high'"),
        ({"domain": None}, "must be a text, a number"),
    ],
)
def test_a_question_that_the_log_cannot_answer_is_refused(
    log: SqliteEpisodicMemory, parameters: dict[str, object], told: str
) -> None:
    with pytest.raises(InputBoundsError, match=told):
        names(log, **parameters)
