"""What `L9.example.module` promises.

Expected by the schema and by tensor_coordinator@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.errors import DeadlineExceededError, NoModelError
from agent_runtime.reasoning.case import Enrichment
from agent_runtime.routing.cases import read_case
from agent_runtime.routing.work import Enriched
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.transactions import TransactionPayload
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_routing import PlainTensors, asking, chance, trade

from L9.agents.main.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.main.tensor_coordinator import PLAN, TensorCoordinator

METHODS = ("link_prediction", "embedding_similarity", "anomaly_detection")


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="main_agent", signals=SIGNALS, rules=RULES, policy=POLICY)


@pytest.fixture
def layer() -> PlainTensors:
    return PlainTensors()


@pytest.fixture
def coordinator(bench: AgentBench, layer: PlainTensors) -> Iterator[TensorCoordinator]:
    made = TensorCoordinator(GovernanceBridge(bench.governance), layer=layer, clock=bench.clock)
    yield made
    made.close()


def case(bench: AgentBench, name: str = "acme") -> Enriched:
    """Return a case with one candidate and a row of features."""
    payload = trade((name, "BUYS", "pe"), features=(0.5,))
    received = read_case(
        asking(bench, "trade", payload),
        TransactionPayload.model_validate(payload),
        Call(trace_id=TRACE),
        began=bench.clock(),
    )
    return Enriched(received=received, enrichment=Enrichment())


@pytest.mark.positive
def test_every_declared_method_is_asked_and_nothing_is_missing(
    bench: AgentBench, layer: PlainTensors, coordinator: TensorCoordinator
) -> None:
    found = coordinator.score(case(bench)).tensors
    assert found.missing == {}
    assert len(layer.asked) == len(METHODS)
    assert [link.confidence for link in found.links] == [chance("plastos:acme", "plastos:pe")]
    assert found.model_version == layer.version
    assert set(found.embeddings) == {"plastos:acme", "plastos:pe"}
    assert -1.0 <= found.similarities[0] <= 1.0
    assert found.anomalies == {"t1": 0.5}


@pytest.mark.positive
def test_cases_that_come_together_keep_their_own_results(
    bench: AgentBench, coordinator: TensorCoordinator
) -> None:
    scored = coordinator.score_all([case(bench, "a"), case(bench, "bb"), case(bench, "ccc")])
    names = [each.received.case.candidates[0].subject for each in scored]
    assert names == ["plastos:a", "plastos:bb", "plastos:ccc"]
    assert [each.tensors.links[0].subject for each in scored] == names


@pytest.mark.positive
def test_a_case_without_candidates_asks_for_no_links(
    bench: AgentBench, layer: PlainTensors, coordinator: TensorCoordinator
) -> None:
    empty = case(bench)
    received = replace(
        empty.received, case=replace(empty.received.case, candidates=()), features={}
    )
    found = coordinator.score(replace(empty, received=received)).tensors
    assert tuple(found.missing) == METHODS
    assert layer.asked == []
    assert bench.escalations.pending() == ()


@pytest.mark.positive
def test_the_deadline_of_the_caller_goes_before_the_plan(
    bench: AgentBench, layer: PlainTensors, coordinator: TensorCoordinator
) -> None:
    enriched = case(bench)
    call = Call(trace_id=TRACE, deadline=bench.clock() - 1.0)
    late = replace(enriched, received=replace(enriched.received, call=call))
    found = coordinator.score(late).tensors
    assert found.links == ()


@pytest.mark.regression
def test_the_plan_is_that_of_the_schema() -> None:
    assert PLAN.methods == METHODS
    assert PLAN.timeout_ms == 2000
    assert (PLAN.unavailable, PLAN.slow) == (
        "tensoraios_unavailable",
        "tensor_latency_spike_detected",
    )


@pytest.mark.negative
def test_a_layer_that_fails_leaves_names_and_no_numbers(
    bench: AgentBench, layer: PlainTensors, coordinator: TensorCoordinator
) -> None:
    layer.fault = NoModelError("no model yet")
    found = coordinator.score(case(bench)).tensors
    assert found.missing == dict.fromkeys(METHODS, "no model yet")
    assert (found.links, found.embeddings, found.anomalies) == ((), {}, {})
    conditions = [each.condition for each in bench.escalations.pending()]
    told = [each for each in conditions if PLAN.unavailable and PLAN.unavailable in each]
    assert bool(told) == bool(PLAN.unavailable)


@pytest.mark.negative
def test_a_layer_that_is_late_is_told_as_such(
    bench: AgentBench, layer: PlainTensors, coordinator: TensorCoordinator
) -> None:
    layer.fault = DeadlineExceededError("too slow")
    found = coordinator.score(case(bench)).tensors
    assert found.missing == dict.fromkeys(METHODS, "no answer in time")
    conditions = [each.condition for each in bench.escalations.pending()]
    told = [each for each in conditions if PLAN.slow and PLAN.slow in each]
    assert bool(told) == bool(PLAN.slow)


@pytest.mark.negative
def test_without_a_layer_everything_is_missing_by_name(bench: AgentBench) -> None:
    made = TensorCoordinator(GovernanceBridge(bench.governance), clock=bench.clock)
    found = made.score(case(bench)).tensors
    assert found.missing == dict.fromkeys(METHODS, "the tensor layer does not offer it")
    made.close()
