"""Neighbours are those of the cosine, exactly, in a stable order."""

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.embeddings import EmbeddingIndex, Neighbour, unit_rows

NAMES = ("north", "north_east", "east", "south", "far_north")
VECTORS = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, -1.0], [0.0, 5.0]])


@pytest.fixture
def index():
    return EmbeddingIndex(NAMES, VECTORS)


def test_nearest_come_in_order_of_cosine_and_length_does_not_matter(index):
    found = index.nearest("north", 4)
    assert [n.entity for n in found] == ["far_north", "north_east", "east", "south"]
    assert [n.similarity for n in found] == pytest.approx([1.0, np.sqrt(0.5), 0.0, -1.0])


def test_an_entity_is_not_its_own_neighbour_and_k_may_exceed_the_others(index):
    assert len(index.nearest("east", 99)) == 4
    assert "east" not in {n.entity for n in index.nearest("east", 99)}


def test_equal_similarities_are_ordered_by_name():
    index = EmbeddingIndex(["b", "c", "a"], np.ones((3, 2)))
    assert [n.entity for n in index.nearest("c", 2)] == ["a", "b"]


def test_k_limits_the_answer(index):
    assert index.nearest("east", 1) == (
        Neighbour(entity="north_east", similarity=pytest.approx(np.sqrt(0.5))),
    )


def test_a_free_vector_finds_entities_along_it(index):
    found = index.nearest_to(np.array([0.0, -3.0]), 2)
    assert found[0] == Neighbour(entity="south", similarity=1.0)
    assert found[1].entity == "east"


def test_it_agrees_with_scikit_learns_nearest_neighbours():
    from sklearn.neighbors import NearestNeighbors

    vectors = np.random.default_rng(5).normal(size=(60, 8))
    index = EmbeddingIndex([f"e{i:02d}" for i in range(60)], vectors.astype(np.float32))
    reference = NearestNeighbors(metric="cosine").fit(vectors.astype(np.float32))
    distances, places = reference.kneighbors(n_neighbors=5)
    for row in range(60):
        found = index.nearest(f"e{row:02d}", 5)
        assert [n.entity for n in found] == [f"e{i:02d}" for i in places[row]]
        assert [1 - n.similarity for n in found] == pytest.approx(list(distances[row]), abs=1e-5)


def test_similarity_is_symmetric_and_within_bounds(index):
    assert index.similarity("north", "north_east") == pytest.approx(np.sqrt(0.5))
    assert index.similarity("north_east", "north") == index.similarity("north", "north_east")
    assert index.similarity("north", "south") == -1.0
    thirds = EmbeddingIndex(["a", "b"], np.full((2, 3), 0.1))
    assert thirds.similarity("a", "b") <= 1.0


def test_a_vector_is_a_copy(index):
    vector = index.vector("east")
    assert vector.tolist() == [1.0, 0.0]
    vector[0] = 7.0
    assert index.vector("east").tolist() == [1.0, 0.0]


def test_membership_and_dimension(index):
    assert "east" in index
    assert "west" not in index
    assert index.dimension == 2


@pytest.mark.negative
def test_unknown_entities_are_refused(index):
    for ask in (index.vector, lambda e: index.nearest(e, 1), lambda e: index.similarity("east", e)):
        with pytest.raises(InputBoundsError, match="unknown entity 'west': it has no embedding"):
            ask("west")


@pytest.mark.negative
@pytest.mark.parametrize("k", [0, -1])
def test_k_below_one_is_refused(index, k):
    with pytest.raises(InputBoundsError, match=f"k must be at least 1, not {k}"):
        index.nearest("east", k)


@pytest.mark.negative
@pytest.mark.parametrize(
    ("names", "vectors", "message"),
    [
        (["a"], VECTORS, "1 names for 5 entity vectors"),
        (["a", "a"], np.ones((2, 2)), "an entity name occurs twice"),
        (["a", "b"], np.array([[1.0, 0.0], [0.0, 0.0]]), "row 1 is zero: it has no direction"),
        (["a"], np.array([[np.nan]]), "entity vectors is not finite"),
    ],
)
def test_unusable_vectors_are_refused(names, vectors, message):
    with pytest.raises(InputBoundsError, match=message):
        EmbeddingIndex(names, vectors)


@pytest.mark.negative
def test_a_query_vector_of_another_length_is_refused(index):
    with pytest.raises(InputBoundsError, match="vector has 3 values; 2 are demanded"):
        index.nearest_to(np.ones(3), 1)


def test_huge_and_tiny_rows_keep_their_direction():
    units = unit_rows(np.array([[3e200, 4e200], [3e-200, -4e-200]]))
    assert units.tolist() == [pytest.approx([0.6, 0.8]), pytest.approx([0.6, -0.8])]


def test_more_entities_than_a_request_may_have_are_fine():
    index = EmbeddingIndex([str(i) for i in range(100_001)], np.ones((100_001, 1)))
    assert "100000" in index
