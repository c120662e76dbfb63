"""What `L9.example.module` promises.

Expected by the schema and by embedding_processor@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import math

import pytest
from agent_runtime.errors import InputBoundsError, NoModelError
from agent_runtime.shapes.base import Call
from agent_runtime.testing import TRACE
from agent_runtime.testing_routing import KeptMemory, PlainTensors

from L9.agents.main.embedding_processor import EmbeddingProcessor

CALL = Call(trace_id=TRACE)
EAST, NORTH_EAST, NORTH, WEST = (1.0, 0.0), (1.0, 1.0), (0.0, 2.0), (-3.0, 0.0)


@pytest.mark.positive
def test_vectors_come_from_the_tensor_layer() -> None:
    vectors = EmbeddingProcessor(PlainTensors()).vectors(["ab", "xyz"], CALL)
    assert vectors == {"ab": (3.0, 2.0), "xyz": (4.0, 1.0)}


@pytest.mark.positive
def test_an_entity_is_fetched_once_while_memory_keeps_it() -> None:
    layer = PlainTensors()
    processor = EmbeddingProcessor(layer, KeptMemory())
    first = processor.vectors(["ab"], CALL)
    assert processor.vectors(["ab"], CALL) == first
    assert len(layer.asked) == 1


@pytest.mark.positive
def test_without_a_memory_it_is_fetched_each_time() -> None:
    layer = PlainTensors()
    processor = EmbeddingProcessor(layer)
    processor.vectors(["ab"], CALL)
    processor.vectors(["ab"], CALL)
    assert len(layer.asked) == 2


@pytest.mark.positive
def test_vectors_of_an_earlier_model_are_fetched_again() -> None:
    layer = PlainTensors()
    processor = EmbeddingProcessor(layer, KeptMemory())
    processor.vectors(["ab"], CALL)
    layer.version = "next"
    processor.vectors(["ab", "xyz"], CALL)
    assert len(layer.asked) == 3


@pytest.mark.positive
@pytest.mark.parametrize(
    ("left", "right", "cosine"),
    [(EAST, EAST, 1.0), (EAST, NORTH, 0.0), (EAST, WEST, -1.0), (EAST, NORTH_EAST, math.sqrt(0.5))],
)
def test_similarity_is_the_cosine(
    left: tuple[float, ...], right: tuple[float, ...], cosine: float
) -> None:
    found = EmbeddingProcessor(PlainTensors()).similarity(left, right)
    assert found == pytest.approx(cosine)


@pytest.mark.positive
def test_entities_that_are_alike_form_groups_by_way_of_others() -> None:
    vectors = {"e": EAST, "ne": NORTH_EAST, "n": NORTH, "w": WEST}
    processor = EmbeddingProcessor(PlainTensors())
    assert processor.groups(vectors, 0.7) == (("e", "n", "ne"), ("w",))
    assert processor.groups(vectors, 0.8) == (("e",), ("n",), ("ne",), ("w",))


@pytest.mark.negative
def test_a_layer_that_refuses_is_not_answered_for() -> None:
    with pytest.raises(NoModelError, match="no model yet"):
        EmbeddingProcessor(PlainTensors(NoModelError("no model yet"))).vectors(["ab"], CALL)


@pytest.mark.negative
@pytest.mark.parametrize("other", [(0.0, 0.0), (1.0,), (math.nan, 1.0)])
def test_vectors_that_cannot_be_compared_are_refused(other: tuple[float, ...]) -> None:
    with pytest.raises(InputBoundsError):
        EmbeddingProcessor(PlainTensors()).similarity(EAST, other)


@pytest.mark.negative
@pytest.mark.parametrize("least", [-1.01, 1.01])
def test_a_cosine_that_cannot_be_is_no_threshold(least: float) -> None:
    with pytest.raises(InputBoundsError, match="between -1 and 1"):
        EmbeddingProcessor(PlainTensors()).groups({"e": EAST}, least)
