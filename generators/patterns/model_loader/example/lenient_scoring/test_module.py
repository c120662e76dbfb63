"""What `L9.example.module` promises.

Expected by the schema and by model_loader@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import pytest
from agent_runtime.errors import ModelStoreError, NoModelError, NotAuthorisedError
from agent_runtime.modelstore import ModelStore
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.handover import ModelReady
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_links import RELATION, naive_run, skilled_run
from agent_runtime.tracing import bind_trace

from L9.core.tensoraios.governancebridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.core.tensoraios.model_loader import AUDIT_EVENT, MODEL_KIND, SENDERS, ModelLoader

UNKNOWN = "000009-0123456789abcdef"


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="tensoraios", signals=SIGNALS, rules=RULES, policy=POLICY)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def loader(bench: AgentBench, root: Path) -> ModelLoader:
    return ModelLoader.open(root, GovernanceBridge(bench.governance), clock=bench.clock)


def serve_two(loader: ModelLoader) -> tuple[str, str]:
    """Put a naive model into service, then a skilled one."""
    naive = loader.add(naive_run(), trace_id=TRACE)
    assert loader.promote(naive, reason="first", trace_id=TRACE).version == naive
    skilled = loader.add(skilled_run(), trace_id=TRACE)
    loader.promote(skilled, reason="better", trace_id=TRACE)
    return naive, skilled


def audited(bench: AgentBench) -> list[object]:
    return [
        (record.detail["action"], record.detail["version"], record.trace_id)
        for record in bench.audit.records()
        if record.action == AUDIT_EVENT and record.subject == record.detail["version"]
    ]


def damage(root: Path, version: str) -> None:
    weights = root / "versions" / version / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)


@pytest.mark.positive
def test_a_promoted_model_is_in_service_and_answers_as_it_was_trained(
    loader: ModelLoader,
) -> None:
    _, skilled = serve_two(loader)
    loaded = loader.current()
    run = skilled_run()
    names = run.model.vocabulary.entities
    links = [(names[0], RELATION, names[1]), (names[2], RELATION, names[3])]
    assert loaded.version == loader.in_service() == skilled
    assert loaded.metrics == run.metrics
    assert loaded.model.score(links) == run.model.score(links)


@pytest.mark.positive
def test_the_model_in_service_is_read_once_and_that_is_audited_under_its_trace(
    bench: AgentBench, loader: ModelLoader
) -> None:
    _, skilled = serve_two(loader)
    with bind_trace(TRACE):
        first = loader.current()
        assert loader.current() is first
        assert loader.current() is first
    assert audited(bench).count(("loaded", skilled, TRACE)) == 1


@pytest.mark.positive
def test_a_promotion_by_another_process_is_noticed(loader: ModelLoader, root: Path) -> None:
    naive, skilled = serve_two(loader)
    assert loader.current().version == skilled
    ModelStore(root, kind=MODEL_KIND).rollback(reason="elsewhere")
    assert loader.current().version == naive


@pytest.mark.positive
def test_an_added_model_waits_for_its_promotion_and_names_its_parent(
    loader: ModelLoader, root: Path
) -> None:
    first = loader.add(naive_run(), trace_id=TRACE)
    loader.promote(first, reason="first", trace_id=TRACE)
    second = loader.add(skilled_run(), trace_id=TRACE)
    store = ModelStore(root, kind=MODEL_KIND)
    assert loader.versions() == (first, second)
    assert loader.current().version == first
    assert store.describe(first).parents == ()
    assert store.describe(second).parents == (first,)
    assert store.describe(second).data_digest == skilled_run().data_digest


@pytest.mark.positive
def test_rollback_returns_to_the_version_before(loader: ModelLoader) -> None:
    naive, skilled = serve_two(loader)
    transition = loader.rollback(reason="accuracy fell", trace_id=TRACE)
    assert (transition.action, transition.version) == ("rollback", naive)
    assert (transition.previous, transition.reason) == (skilled, "accuracy fell")
    assert loader.current().version == naive


@pytest.mark.positive
def test_the_version_before_is_known_until_it_is_in_service_again(
    loader: ModelLoader,
) -> None:
    first, _second = serve_two(loader)
    earlier = loader.earlier(trace_id=TRACE)
    assert earlier is not None
    assert earlier.version == first
    loader.rollback(reason="worse", trace_id=TRACE)
    assert loader.earlier(trace_id=TRACE) is None


@pytest.mark.positive
def test_a_version_out_of_service_can_be_loaded(loader: ModelLoader) -> None:
    naive, skilled = serve_two(loader)
    assert loader.load(naive, trace_id=TRACE).version == naive
    assert loader.current().version == skilled


@pytest.mark.positive
def test_whatever_happens_to_a_version_is_audited(bench: AgentBench, loader: ModelLoader) -> None:
    naive, skilled = serve_two(loader)
    loader.load(naive, trace_id=TRACE)
    loader.rollback(reason="back", trace_id=TRACE)
    assert audited(bench) == [
        ("added", naive, TRACE),
        ("promoted", naive, TRACE),
        ("added", skilled, TRACE),
        ("promoted", skilled, TRACE),
        ("loaded", naive, TRACE),
        ("rolled_back", naive, TRACE),
    ]
    assert AUDIT_EVENT == "model_loading_events"
    assert MODEL_KIND == "link_model"
    assert bench.escalations.pending() == ()


@pytest.mark.negative
def test_without_a_promotion_there_is_no_model_and_no_alarm(
    bench: AgentBench, loader: ModelLoader
) -> None:
    loader.add(naive_run(), trace_id=TRACE)
    with pytest.raises(NoModelError, match="train one first"):
        loader.current()
    assert loader.in_service() is None
    assert bench.escalations.pending() == ()


@pytest.mark.negative
def test_a_damaged_model_in_service_is_refused_and_reaches_people(
    bench: AgentBench, loader: ModelLoader, root: Path
) -> None:
    _, skilled = serve_two(loader)
    damage(root, skilled)
    with bind_trace(TRACE), pytest.raises(ModelStoreError, match="was changed after it was stored"):
        loader.current()
    (escalation,) = bench.escalations.pending()
    assert loader.in_service() is None
    assert escalation.subject == "the model in service"
    assert escalation.trace_id == TRACE


@pytest.mark.negative
def test_a_damaged_candidate_is_not_promoted_and_the_model_in_service_stays(
    bench: AgentBench, loader: ModelLoader, root: Path
) -> None:
    _, skilled = serve_two(loader)
    candidate = loader.add(naive_run(), trace_id=TRACE)
    damage(root, candidate)
    with pytest.raises(ModelStoreError, match="was changed after it was stored"):
        loader.promote(candidate, reason="newer", trace_id=TRACE)
    assert loader.current().version == skilled
    (escalation,) = bench.escalations.pending()
    assert escalation.subject == candidate
    assert ("promoted", candidate, TRACE) not in audited(bench)


@pytest.mark.negative
def test_without_an_earlier_version_rollback_is_refused(
    bench: AgentBench, loader: ModelLoader
) -> None:
    version = loader.add(naive_run(), trace_id=TRACE)
    loader.promote(version, reason="first", trace_id=TRACE)
    with pytest.raises(ModelStoreError, match="no earlier version"):
        loader.rollback(reason="none", trace_id=TRACE)
    assert loader.current().version == version
    assert bench.escalations.pending()[0].subject == "the version before"


@pytest.mark.negative
def test_an_unknown_version_is_refused(bench: AgentBench, loader: ModelLoader) -> None:
    with pytest.raises(ModelStoreError, match="is not a version in this store"):
        loader.load(UNKNOWN, trace_id=TRACE)
    assert bench.escalations.pending()[0].subject == UNKNOWN
    assert audited(bench) == []


@pytest.mark.regression
def test_a_model_of_another_kind_is_refused(
    bench: AgentBench, root: Path, loader: ModelLoader
) -> None:
    other = ModelStore(root, kind="isolation_forest", clock=bench.clock)
    foreign = other.save(skilled_run().model.tensors(), metrics={}, data_digest="0" * 64).version
    with pytest.raises(ModelStoreError, match="is a isolation_forest, not a link_model"):
        loader.promote(foreign, reason="mix-up", trace_id=TRACE)


@pytest.mark.regression
def test_the_senders_of_models_are_those_of_the_glue() -> None:
    assert SENDERS == ()


@pytest.mark.negative
def test_nobody_undeclared_hands_a_model_over(bench: AgentBench, loader: ModelLoader) -> None:
    request = ModelReady(model="0" * 64, metrics={}, sender_token="token")
    with pytest.raises(NotAuthorisedError, match="stranger hands over no models"):
        loader.ready_call(request, Call(trace_id=TRACE, caller="stranger"))
    (record,) = [each for each in bench.audit.records() if each.subject == request.model]
    assert (record.action, record.detail["action"]) == (AUDIT_EVENT, "handover_refused")
    assert loader.versions() == ()
