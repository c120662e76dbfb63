"""Ranks are filtered and realistic; summaries agree with hand-computed figures."""

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError, OutputBoundsError
from agent_runtime.kernels.linkmetrics import (
    KnownLinks,
    PopularityBaseline,
    filtered_ranks,
    ranking_report,
)


class TableScorer:
    """Answers from a table (subject, relation, object)."""

    def __init__(self, table):
        self.table = np.asarray(table, dtype=float)

    def object_scores(self, rows):
        return self.table[rows[:, 0], rows[:, 1]]

    def subject_scores(self, rows):
        return self.table[:, rows[:, 1], rows[:, 2]].T


def rows_of(*rows):
    return np.array(rows, dtype=np.int64)


# one relation, four entities; entry [s][0][o]
TABLE = [
    [[0.0, 9.0, 7.0, 5.0]],
    [[1.0, 0.0, 3.0, 2.0]],
    [[8.0, 6.0, 0.0, 4.0]],
    [[2.0, 2.0, 2.0, 2.0]],
]


def test_the_rank_counts_better_candidates_at_each_end():
    ranks = filtered_ranks(TableScorer(TABLE), rows_of([0, 0, 2]), KnownLinks(rows_of([0, 0, 2])))
    # objects of 0: 9, 7 -> second; subjects of 2: 7, 3, 0, 2 -> first
    assert ranks.tolist() == [2.0, 1.0]


def test_other_known_answers_do_not_compete():
    known = KnownLinks(rows_of([0, 0, 2], [0, 0, 1]))
    assert filtered_ranks(TableScorer(TABLE), rows_of([0, 0, 2]), known).tolist() == [1.0, 1.0]


def test_known_subjects_do_not_compete_either():
    known = KnownLinks(rows_of([1, 0, 3], [0, 0, 3]))
    # subjects of 3: 5, 2, 4, 2 -> without the known 0: one better, one tie
    assert filtered_ranks(TableScorer(TABLE), rows_of([1, 0, 3]), known).tolist() == [2.0, 2.5]


def test_ties_count_half_so_a_constant_scorer_ranks_in_the_middle():
    ranks = filtered_ranks(TableScorer(TABLE), rows_of([3, 0, 0]), KnownLinks(rows_of([3, 0, 0])))
    assert ranks[0] == 2.5  # three ties: between 1 and 4


def test_only_entities_among_those_named_compete():
    known = KnownLinks(rows_of([0, 0, 3]))
    ranks = filtered_ranks(TableScorer(TABLE), rows_of([0, 0, 3]), known, among=np.array([0, 2, 3]))
    # objects 0, 7, 5 -> second; subjects 5, 4, 2 -> first
    assert ranks.tolist() == [2.0, 1.0]


def test_objects_of_all_rows_come_first_and_long_inputs_keep_their_order():
    rows = rows_of(*([[0, 0, 1]] * 300 + [[0, 0, 3]] * 2))
    ranks = filtered_ranks(TableScorer(TABLE), rows, KnownLinks(rows_of([0, 0, 3])))
    assert ranks.shape == (604,)
    assert ranks[:300].tolist() == [1.0] * 300
    assert ranks[300:302].tolist() == [3.0] * 2
    assert ranks[302:602].tolist() == [1.0] * 300


@pytest.mark.negative
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_scores_that_are_not_finite_are_withheld(value):
    table = np.array(TABLE)
    table[0, 0, 3] = value
    with pytest.raises(OutputBoundsError, match="a link score is not finite"):
        filtered_ranks(TableScorer(table), rows_of([0, 0, 1]), KnownLinks(rows_of([0, 0, 1])))


def test_unknown_queries_have_no_known_answers():
    known = KnownLinks(rows_of([0, 1, 2], [0, 1, 3]))
    assert known.objects(0, 1) == [2, 3]
    assert known.objects(1, 0) == []
    assert known.subjects(1, 2) == [0]
    assert known.subjects(2, 1) == []


def test_the_report_agrees_with_hand_computed_figures():
    report = ranking_report(np.array([1.0, 2.0, 4.0, 20.0]))
    assert report.mrr == pytest.approx((1 + 1 / 2 + 1 / 4 + 1 / 20) / 4)
    assert report.hits == {1: 0.25, 3: 0.5, 10: 0.75}
    assert report.mean_rank == 6.75
    assert report.queries == 4


def test_a_rank_of_just_k_is_a_hit():
    assert ranking_report(np.array([5.0, 5.5]), hits_at=(5,)).hits == {5: 0.5}


@pytest.mark.negative
def test_an_empty_hold_out_is_refused():
    with pytest.raises(InputBoundsError, match="the hold-out is empty"):
        ranking_report(np.array([]))


def test_popularity_counts_what_was_seen_at_each_end_of_each_relation():
    rows = rows_of([0, 0, 1], [2, 0, 1], [2, 0, 0], [1, 1, 2])
    baseline = PopularityBaseline(rows, entities=3, relations=2)
    query = rows_of([1, 0, 2], [0, 1, 0])
    assert baseline.object_scores(query).tolist() == [[1, 2, 0], [0, 0, 1]]
    assert baseline.subject_scores(query).tolist() == [[1, 0, 2], [0, 1, 0]]
