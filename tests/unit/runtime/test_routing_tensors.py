"""Tensor calls are put together, kept to time, and what is missing has a name and no number."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from agent_runtime.errors import (
    ConfigError,
    DeadlineExceededError,
    InputBoundsError,
    NoModelError,
    OutputBoundsError,
)
from agent_runtime.reasoning.case import Enrichment
from agent_runtime.routing.anomalies import AnomalyRule, flagged, watch_anomalies
from agent_runtime.routing.cases import read_case
from agent_runtime.routing.embeddings import EmbeddingDesk, groups, similarity
from agent_runtime.routing.tensors import Coordinator, TensorCalls, TensorPlan
from agent_runtime.routing.work import Enriched, Scored
from agent_runtime.rules import Rule
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.embeddings import EmbeddingRequest, EmbeddingResponse
from agent_runtime.shapes.links import ScoreRequest, ScoreResponse
from agent_runtime.shapes.transactions import TransactionPayload
from agent_runtime.signals import Signal
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_routing import (
    MODEL,
    BenchBridge,
    KeptMemory,
    PlainTensors,
    asking,
    chance,
    plain_coordinator,
    trade,
)

ROOT = 0.5**0.5
ALL = ("link_prediction", "embedding_similarity", "anomaly_detection")
SIGNALS = ("away", "slow", "flag")


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(
        tmp_path,
        agent="hub",
        signals=[
            *(Signal(name, unit="bool") for name in SIGNALS),
            Signal("anomaly_score", low=0.0, high=1.0, escalate_above=0.95),
        ],
        rules=[
            Rule(
                rule_id=f"R-{expression}",
                expression=expression,
                kind="policy",
                severity="high",
                signals=(name,),
                source="s",
                text="t",
            )
            for name, expression in (
                *((name, name) for name in SIGNALS),
                ("anomaly_score", "anomaly_score > 0.95"),
            )
        ],
    )


@pytest.fixture
def layer() -> PlainTensors:
    return PlainTensors()


@pytest.fixture
def coordinator(bench: AgentBench, layer: PlainTensors) -> Iterator[Coordinator]:
    made = Coordinator(
        TensorPlan(methods=ALL, timeout_ms=2000, unavailable="away", slow="slow"),
        TensorCalls.of(layer),
        BenchBridge(bench.governance),
        clock=bench.clock,
    )
    yield made
    made.close()


def case(bench: AgentBench, *links: tuple[str, str, str], **options: object) -> Enriched:
    payload = trade(*links, **options)  # type: ignore[arg-type]
    received = read_case(
        asking(bench, "trade", payload),
        TransactionPayload.model_validate(payload),
        Call(trace_id=TRACE),
        began=0.0,
    )
    return Enriched(received=received, enrichment=Enrichment())


def test_all_declared_methods_are_asked_and_put_together(
    bench: AgentBench, layer: PlainTensors, coordinator: Coordinator
) -> None:
    found = coordinator.score(
        case(bench, ("acme", "BUYS", "pe"), ("acme", "BUYS", "steel"), features=(0.5, 1.0))
    ).tensors
    assert [link.confidence for link in found.links] == sorted(
        [chance("plastos:acme", "plastos:pe"), chance("plastos:acme", "plastos:steel")],
        reverse=True,
    )
    assert set(found.embeddings) == {"plastos:acme", "plastos:pe", "plastos:steel"}
    assert found.similarities[0] == pytest.approx(
        similarity(found.embeddings["plastos:acme"], found.embeddings["plastos:pe"])
    )
    assert found.anomalies == {"t1": 0.5}
    assert (found.model_version, found.missing) == (MODEL, {})
    assert len(layer.asked) == 3


def test_what_the_case_does_not_state_is_missing_by_name(
    bench: AgentBench, layer: PlainTensors, coordinator: Coordinator
) -> None:
    found = coordinator.score(case(bench)).tensors
    assert found.missing == {
        "link_prediction": "the case has no candidates",
        "embedding_similarity": "the case has no candidates",
        "anomaly_detection": "the case states no features",
    }
    assert layer.asked == []
    assert bench.escalations.pending() == ()


def test_a_layer_that_offers_less_is_said_so(bench: AgentBench) -> None:
    made = Coordinator(
        TensorPlan(methods=ALL, timeout_ms=10),
        TensorCalls(),
        BenchBridge(bench.governance),
        clock=bench.clock,
    )
    missing = made.score(case(bench, ("a", "BUYS", "b"))).tensors.missing
    assert set(missing.values()) == {"the tensor layer does not offer it"}
    made.close()


def test_a_layer_that_fails_leaves_names_and_reaches_the_anchors(
    bench: AgentBench, layer: PlainTensors, coordinator: Coordinator
) -> None:
    layer.fault = NoModelError("no model yet")
    found = coordinator.score(case(bench, ("a", "BUYS", "b"), features=(0.5,))).tensors
    assert found.missing == dict.fromkeys(ALL, "no model yet")
    assert (found.links, found.embeddings, found.anomalies) == ((), {}, {})
    (escalation,) = bench.escalations.pending()
    assert escalation.condition == "away"


def test_one_method_that_fails_keeps_the_others(bench: AgentBench, layer: PlainTensors) -> None:
    def refuse(entities: Sequence[str], call: Call) -> Mapping[str, tuple[float, ...]]:
        raise InputBoundsError("never seen")

    made = Coordinator(
        TensorPlan(methods=ALL, timeout_ms=2000, unavailable="away"),
        TensorCalls(score=layer.score_candidates, embed=refuse),
        BenchBridge(bench.governance),
        clock=bench.clock,
    )
    found = made.score(case(bench, ("a", "BUYS", "b"))).tensors
    assert len(found.links) == 1
    assert found.missing["embedding_similarity"] == "never seen"
    assert bench.escalations.pending() == ()
    made.close()


def test_what_is_late_is_missing_and_told(bench: AgentBench, layer: PlainTensors) -> None:
    go_on = threading.Event()

    def late(request: ScoreRequest, call: Call) -> ScoreResponse:
        go_on.wait(5.0)
        return layer.score_candidates(request, call)

    made = Coordinator(
        TensorPlan(methods=("link_prediction",), timeout_ms=20, slow="slow"),
        TensorCalls(score=late),
        BenchBridge(bench.governance),
        clock=bench.clock,
    )
    found = made.score(case(bench, ("a", "BUYS", "b"))).tensors
    assert found.missing == {"link_prediction": "no answer in time"}
    assert [each.condition for each in bench.escalations.pending()] == ["slow"]
    go_on.set()
    made.close()


def test_a_deadline_that_passed_leaves_no_numbers(
    bench: AgentBench, layer: PlainTensors, coordinator: Coordinator
) -> None:
    layer.fault = DeadlineExceededError("too late")
    found = coordinator.score(case(bench, ("a", "BUYS", "b"))).tensors
    assert found.missing["link_prediction"] == "no answer in time"


def test_cases_that_come_together_are_scored_in_fewer_requests_and_keep_their_own(
    bench: AgentBench, layer: PlainTensors
) -> None:
    made = plain_coordinator(layer, BenchBridge(bench.governance), bench.clock)
    cases = [case(bench, (f"b{n}", "BUYS", "x" * n), ("b", "BUYS", "s")) for n in range(1, 9)]
    scored: tuple[Scored, ...] = made.score_all(cases)
    for n, each in enumerate(scored, start=1):
        by_index = {link.index: link for link in each.tensors.links}
        assert sorted(by_index) == [0, 1]
        assert by_index[0].object == f"plastos:{'x' * n}"
        assert by_index[0].confidence == chance(f"plastos:b{n}", f"plastos:{'x' * n}")
    asked = sum(len(request.candidates) for request in layer.asked)  # type: ignore[union-attr]
    assert asked == 16
    assert len(layer.asked) < 8
    made.close()


def test_a_batch_beyond_what_the_layer_takes_is_halved(
    bench: AgentBench, layer: PlainTensors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_runtime.routing.tensors.MOST_CANDIDATES", 2)
    made = plain_coordinator(layer, BenchBridge(bench.governance), bench.clock)
    scored = made.score_all([case(bench, ("a", "BUYS", "b"), ("a", "BUYS", "c"))] * 4)
    assert [len(each.tensors.links) for each in scored] == [2, 2, 2, 2]
    assert [len(request.candidates) for request in layer.asked] == [2, 2, 2, 2]  # type: ignore[union-attr]
    made.close()


def test_an_answer_about_something_else_is_withheld(bench: AgentBench) -> None:
    def other(request: ScoreRequest, call: Call) -> ScoreResponse:
        answer = PlainTensors().score_candidates(request, call)
        return answer.model_copy(update={"ranking": answer.ranking * 2})

    made = Coordinator(
        TensorPlan(methods=("link_prediction",), timeout_ms=2000),
        TensorCalls(score=other),
        BenchBridge(bench.governance),
        clock=bench.clock,
    )
    missing = made.score(case(bench, ("a", "BUYS", "b"))).tensors.missing
    assert missing["link_prediction"] == "the tensor layer did not score each of 1 candidates once"
    made.close()


def test_embeddings_are_fetched_once(layer: PlainTensors) -> None:
    desk = EmbeddingDesk(layer.generate_embeddings, KeptMemory())
    call = Call(trace_id=TRACE)
    first = desk.vectors(["a", "b"], call)
    assert desk.vectors(["b", "c"], call)["b"] == first["b"]
    desk.vectors(["a", "b", "c"], call)
    assert [request.entities for request in layer.asked] == [("a", "b"), ("c",)]  # type: ignore[union-attr]


def test_embeddings_of_two_model_versions_are_never_mixed(layer: PlainTensors) -> None:
    desk = EmbeddingDesk(layer.generate_embeddings, KeptMemory())
    call = Call(trace_id=TRACE)
    desk.vectors(["a", "b"], call)
    layer.version = "v8"
    desk.vectors(["a", "c"], call)  # c is new: a is stale
    assert [request.entities for request in layer.asked[1:]] == [("c",), ("a",)]  # type: ignore[union-attr]
    desk.vectors(["a", "b"], call)  # kept of v8 and of v7: both are fetched
    assert layer.asked[-1].entities == ("a", "b")  # type: ignore[union-attr]


def test_an_entity_that_was_not_embedded_is_an_error() -> None:
    def nothing(request: EmbeddingRequest, call: Call) -> EmbeddingResponse:
        return EmbeddingResponse(trace_id=TRACE, model_version="v", dimension=1, embeddings=())

    with pytest.raises(InputBoundsError, match="embedded nothing for a"):
        EmbeddingDesk(nothing).vectors(["a"], Call(trace_id=TRACE))


def test_a_kept_value_of_another_make_is_not_taken_for_a_vector(layer: PlainTensors) -> None:
    memory = KeptMemory({"embedding:a": {"version": 3, "vector": "x"}})
    desk = EmbeddingDesk(layer.generate_embeddings, memory)
    assert desk.vectors(["a"], Call(trace_id=TRACE)) == {"a": (2.0, 2.0)}


@pytest.mark.parametrize(
    ("left", "right", "cosine"),
    [
        ((1, 0), (2, 0), 1.0),
        ((1, 0), (0, 3), 0.0),
        ((1, 0), (-1, 0), -1.0),
        ((1, 1), (1, 0), 0.5**0.5),
    ],
)
def test_similarity_is_the_cosine(
    left: tuple[int, ...], right: tuple[int, ...], cosine: float
) -> None:
    assert similarity(left, right) == pytest.approx(cosine)


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        ((0.0, 0.0), (1.0, 0.0), "no direction"),
        ((1.0,), (1.0, 0.0), "1 are demanded"),
        ((float("nan"),), (1.0,), "not finite"),
    ],
)
def test_vectors_that_cannot_be_compared_are_refused(
    left: tuple[float, ...], right: tuple[float, ...], told: str
) -> None:
    with pytest.raises(InputBoundsError, match=told):
        similarity(left, right)


def test_groups_are_chained_by_their_cosines() -> None:
    vectors = {"a": (1.0, 0.0), "b": (1.0, 0.5), "c": (1.0, 1.2), "z": (-1.0, 0.0), "d": (0.5, 0.6)}
    assert groups(vectors, least=0.85) == (("a", "b", "c", "d"), ("z",))
    assert groups(vectors, least=0.999) == (("c", "d"), ("a",), ("b",), ("z",))
    assert groups({}, least=0.5) == ()
    with pytest.raises(InputBoundsError, match="between -1 and 1"):
        groups(vectors, least=1.1)


def test_scores_above_the_threshold_are_flagged_and_escalated(bench: AgentBench) -> None:
    rule = AnomalyRule(threshold=0.95, score_signal="anomaly_score", flag_signal="flag")
    extreme, asked = watch_anomalies(
        rule,
        {"a": 0.96, "b": 0.95, "c": 0.99},
        BenchBridge(bench.governance),
        subject="d1",
        trace_id=TRACE,
    )
    assert list(extreme.items()) == [("c", 0.99), ("a", 0.96)]
    assert {each.condition for each in asked} == {"flag", "anomaly_score > 0.95"}


def test_ordinary_scores_ask_nobody(bench: AgentBench) -> None:
    rule = AnomalyRule(threshold=0.95, score_signal="anomaly_score", flag_signal="flag")
    bridge = BenchBridge(bench.governance)
    assert watch_anomalies(rule, {"a": 0.95}, bridge, subject="d", trace_id=TRACE) == ({}, ())
    assert watch_anomalies(rule, {}, bridge, subject="d", trace_id=TRACE) == ({}, ())
    silent = AnomalyRule(threshold=0.5)
    assert watch_anomalies(silent, {"a": 0.6}, bridge, subject="d", trace_id=TRACE) == (
        {"a": 0.6},
        (),
    )


def test_scores_out_of_bounds_are_withheld_and_thresholds_checked() -> None:
    with pytest.raises(OutputBoundsError):
        flagged({"a": 1.5}, 0.95)
    with pytest.raises(ConfigError, match="flags nothing"):
        AnomalyRule(threshold=1.0)
