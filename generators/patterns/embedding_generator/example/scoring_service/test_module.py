"""What `L9.example.module` promises.

Expected by the schema and by embedding_generator@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from pathlib import Path

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError, NoModelError, OutputBoundsError
from agent_runtime.linkserving import EmbeddedBatch
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.embeddings import EmbeddingRequest
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_links import market, skilled_run
from pydantic import ValidationError

from L9.core.tensoraios.embedding_generator import AUDIT_EVENT, EmbeddingGenerator
from L9.core.tensoraios.governancebridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.core.tensoraios.model_loader import ModelLoader
from L9.core.tensoraios.tensorutils import unit_rows

CALL = Call(trace_id=TRACE)
NAMES = skilled_run().model.vocabulary.entities
WIDTH = 2 * skilled_run().config.rank


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent="tensoraios", signals=SIGNALS, rules=RULES, policy=POLICY)


@pytest.fixture
def untrained(bench: AgentBench, tmp_path: Path) -> EmbeddingGenerator:
    governance = GovernanceBridge(bench.governance)
    loader = ModelLoader.open(tmp_path / "models", governance, clock=bench.clock)
    return EmbeddingGenerator(loader, governance)


@pytest.fixture
def embedder(bench: AgentBench, tmp_path: Path) -> EmbeddingGenerator:
    governance = GovernanceBridge(bench.governance)
    loader = ModelLoader.open(tmp_path / "models", governance, clock=bench.clock)
    loader.promote(loader.add(skilled_run(), trace_id=TRACE), reason="first", trace_id=TRACE)
    return EmbeddingGenerator(loader, governance)


def audited(bench: AgentBench) -> list[object]:
    return [
        (record.detail, record.trace_id)
        for record in bench.audit.records()
        if record.action == AUDIT_EVENT and "entities" in record.detail
    ]


@pytest.mark.positive
def test_vectors_are_those_of_the_model_in_the_order_of_the_entities(
    embedder: EmbeddingGenerator,
) -> None:
    vectors = embedder.embed([NAMES[4], NAMES[1]], trace_id=TRACE)
    index = skilled_run().model.embeddings
    assert vectors.shape == (2, WIDTH)
    assert vectors.tolist() == [index.vector(NAMES[4]).tolist(), index.vector(NAMES[1]).tolist()]


@pytest.mark.positive
def test_materials_of_one_family_lie_nearer_than_those_of_different_ones(
    embedder: EmbeddingGenerator,
) -> None:
    family = {s: o for s, relation, o in market().all_triples if relation == "belongs_to"}
    materials = sorted(family)
    units = unit_rows(embedder.embed(materials, trace_id=TRACE))
    cosines = units @ units.T
    same = [
        cosines[i, j]
        for i in range(len(materials))
        for j in range(i)
        if family[materials[i]] == family[materials[j]]
    ]
    other = [
        cosines[i, j]
        for i in range(len(materials))
        for j in range(i)
        if family[materials[i]] != family[materials[j]]
    ]
    assert np.mean(same) > np.mean(other) + 0.1


@pytest.mark.positive
def test_the_nearest_neighbour_has_the_largest_cosine(embedder: EmbeddingGenerator) -> None:
    first, second = embedder.nearest(NAMES[0], 2)
    units = unit_rows(embedder.embed(NAMES, trace_id=TRACE))
    cosines = sorted((units @ units[0])[1:], reverse=True)
    assert [first.similarity, second.similarity] == pytest.approx(cosines[:2])
    assert NAMES[0] not in {first.entity, second.entity}


@pytest.mark.positive
def test_an_answer_names_model_dimension_and_neighbours(embedder: EmbeddingGenerator) -> None:
    request = EmbeddingRequest(entities=(NAMES[2], NAMES[0]), neighbours=3)
    answer = embedder.embed_call(request, CALL)
    assert (answer.trace_id, answer.dimension) == (TRACE, WIDTH)
    assert answer.model_version.startswith("000001-")
    assert [entry.entity for entry in answer.embeddings] == [NAMES[2], NAMES[0]]
    assert all(len(entry.vector) == WIDTH for entry in answer.embeddings)
    neighbours = answer.embeddings[1].neighbours
    assert [n.entity for n in neighbours] == [n.entity for n in embedder.nearest(NAMES[0], 3)]


@pytest.mark.positive
def test_neighbours_are_left_out_unless_asked_for(embedder: EmbeddingGenerator) -> None:
    answer = embedder.embed_call(EmbeddingRequest(entities=(NAMES[0],)), CALL)
    assert answer.embeddings[0].neighbours == ()


@pytest.mark.positive
def test_requests_embedded_together_get_what_they_get_alone(embedder: EmbeddingGenerator) -> None:
    requests = [
        EmbeddingRequest(entities=(NAMES[0],), neighbours=1),
        EmbeddingRequest(entities=(NAMES[1], NAMES[2])),
    ]
    together = embedder.embed_all(requests)
    alone = [embedder.embed_all([request])[0] for request in requests]
    assert [b.vectors.tolist() for b in together] == [b.vectors.tolist() for b in alone]
    assert [b.neighbours for b in together] == [b.neighbours for b in alone]


@pytest.mark.positive
def test_handing_out_embeddings_is_audited_under_its_trace(
    bench: AgentBench, embedder: EmbeddingGenerator
) -> None:
    answer = embedder.embed_call(EmbeddingRequest(entities=(NAMES[0], NAMES[1])), CALL)
    embedder.embed([NAMES[5]], trace_id=TRACE)
    assert audited(bench) == [
        ({"entities": 2, "model_version": answer.model_version}, TRACE),
        ({"entities": 1, "model_version": answer.model_version}, TRACE),
    ]
    assert AUDIT_EVENT == "embedding_generation"


@pytest.mark.negative
def test_without_a_model_embedding_says_so(untrained: EmbeddingGenerator) -> None:
    with pytest.raises(NoModelError, match="train one first"):
        untrained.embed([NAMES[0]], trace_id=TRACE)
    with pytest.raises(NoModelError, match="train one first"):
        untrained.nearest(NAMES[0], 1)


@pytest.mark.negative
def test_an_unknown_entity_is_refused_and_nothing_is_audited(
    bench: AgentBench, embedder: EmbeddingGenerator
) -> None:
    with pytest.raises(InputBoundsError, match="unknown entity 'stranger'"):
        embedder.embed([NAMES[0], "stranger"], trace_id=TRACE)
    assert audited(bench) == []


@pytest.mark.negative
def test_no_entities_and_entities_named_twice_are_refused(embedder: EmbeddingGenerator) -> None:
    with pytest.raises(InputBoundsError, match="entities can be embedded at once"):
        embedder.embed([], trace_id=TRACE)
    with pytest.raises(InputBoundsError, match="an entity is named twice"):
        embedder.embed([NAMES[0], NAMES[0]], trace_id=TRACE)
    with pytest.raises(ValidationError, match="entities"):
        EmbeddingRequest(entities=())


@pytest.mark.negative
def test_fewer_than_one_neighbour_is_refused(embedder: EmbeddingGenerator) -> None:
    with pytest.raises(InputBoundsError, match="k must be at least 1"):
        embedder.nearest(NAMES[0], 0)


@pytest.mark.negative
def test_a_component_that_is_not_finite_is_withheld(
    bench: AgentBench, embedder: EmbeddingGenerator
) -> None:
    damaged = EmbeddedBatch(
        model_version="000001-0123456789abcdef",
        vectors=np.array([[1.0, np.nan]]),
        neighbours=((),),
    )
    with pytest.raises(OutputBoundsError, match="embedding is not finite"):
        embedder.report(damaged, EmbeddingRequest(entities=(NAMES[0],)), CALL)
    assert audited(bench) == []
