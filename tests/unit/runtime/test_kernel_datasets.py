"""Triples are checked at the door, split stably, corrupted honestly; made-up data obey rules."""

import numpy as np
import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.datasets import (
    TripleDataset,
    TripleEncoder,
    Vocabulary,
    check_triples,
    corrupted,
    parse_triples,
    split_triples,
)
from agent_runtime.kernels.synthetic import structure_free, trading_market

MANY = tuple((f"e{i % 40}", f"r{i % 3}", f"e{(7 * i + i // 40) % 40}") for i in range(1200))


def test_repeated_triples_count_once_and_order_is_kept():
    rows = [("b", "r", "c"), ["a", "r", "b"], ("b", "r", "c")]
    assert check_triples(rows) == (("b", "r", "c"), ("a", "r", "b"))


def test_tab_separated_lines_are_parsed_and_empty_ones_skipped():
    assert parse_triples("a\tr\tb\n\nc d\tr\ta\n") == (("a", "r", "b"), ("c d", "r", "a"))


@pytest.mark.negative
@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("a", "r"), "triple 2: expected subject, relation, object"),
        (("a", "r", "b", "c"), "triple 2: expected subject, relation, object"),
        ("arb", "triple 2: expected subject, relation, object"),
        (("", "r", "b"), "triple 2: a name is empty or not text"),
        (("  ", "r", "b"), "triple 2: a name is empty or not text"),
        (("a", 7, "b"), "triple 2: a name is empty or not text"),
        (("a", "r", "x" * 257), "triple 2: a name is longer than 256 characters"),
        ((" a", "r", "b"), "triple 2: ' a' has outer blanks or control characters"),
        (("a\x1b[0m", "r", "b"), "triple 2: 'a\\x1b[0m' has outer blanks or control characters"),
    ],
)
def test_a_bad_row_is_refused_by_number(row, message):
    with pytest.raises(InputBoundsError) as refusal:
        check_triples([("a", "r", "b"), row])
    assert str(refusal.value) == message


def test_a_name_of_256_characters_is_accepted():
    assert check_triples([("x" * 256, "r", "b")]) == (("x" * 256, "r", "b"),)


def test_vocabulary_is_sorted_whatever_the_order_of_input():
    triples = [("b", "s", "a"), ("c", "r", "b")]
    expected = Vocabulary(entities=("a", "b", "c"), relations=("r", "s"))
    assert Vocabulary.of(triples) == Vocabulary.of(reversed(triples)) == expected


class TestEncoder:
    encoder = TripleEncoder(Vocabulary(entities=("a", "b"), relations=("r", "s")))

    def test_rows_are_positions_in_the_vocabulary(self):
        rows = self.encoder.rows([("b", "s", "a"), ("a", "r", "a")])
        assert rows.tolist() == [[1, 1, 0], [0, 0, 0]]
        assert rows.dtype == np.int64

    def test_no_triples_give_no_rows_of_width_three(self):
        assert self.encoder.rows([]).shape == (0, 3)

    def test_a_triple_is_known_only_if_all_its_names_are(self):
        assert self.encoder.knows(("a", "r", "b"))
        assert not self.encoder.knows(("x", "r", "b"))
        assert not self.encoder.knows(("a", "x", "b"))
        assert not self.encoder.knows(("a", "r", "x"))

    @pytest.mark.negative
    def test_unknown_names_are_refused(self):
        with pytest.raises(InputBoundsError, match="unknown entity 'x': it was not in the train"):
            self.encoder.rows([("a", "r", "x")])
        with pytest.raises(InputBoundsError, match="unknown relation 'x': it was not in the train"):
            self.encoder.rows([("a", "x", "b")])


class TestSplit:
    def test_parts_are_disjoint_and_complete(self):
        parts = split_triples(MANY, valid=0.2, test=0.1)
        assert sorted(parts.all_triples) == sorted(set(MANY))
        assert len(set(parts.all_triples)) == len(parts.all_triples)

    def test_shares_are_near_what_was_asked_for(self):
        parts = split_triples(MANY, valid=0.2, test=0.1)
        total = len(parts.all_triples)
        assert len(parts.valid) / total == pytest.approx(0.2, abs=0.04)
        assert len(parts.test) / total == pytest.approx(0.1, abs=0.03)

    def test_every_name_occurs_in_train(self):
        rare = (*MANY, ("only", "once", "here"))
        for seed in range(20):
            parts = split_triples(rare, valid=0.4, test=0.4, seed=seed)
            assert parts.vocabulary == Vocabulary.of(rare)

    def test_a_name_that_is_rare_as_subject_object_or_relation_is_moved_to_train(self):
        base = [("a", "r", "b"), ("b", "r", "a")]
        for odd in (("x", "r", "a"), ("a", "x", "b"), ("a", "r", "x")):
            for seed in range(12):
                parts = split_triples([*base, odd], valid=0.3, test=0.6, seed=seed)
                assert odd in parts.train

    def test_a_triple_keeps_its_part_when_the_data_grow(self):
        small = split_triples(MANY[:800])
        large = split_triples(MANY)
        assert set(small.test) <= set(large.test)
        assert set(small.valid) <= set(large.valid)
        assert len(small.test) > 30

    def test_order_of_input_does_not_matter_and_the_seed_does(self):
        assert split_triples(MANY) == split_triples(reversed(MANY))
        assert split_triples(MANY, seed=1).test != split_triples(MANY, seed=2).test

    def test_shares_of_zero_leave_all_in_train(self):
        parts = split_triples(MANY, valid=0.0, test=0.0)
        assert parts.train == tuple(sorted(set(MANY)))
        assert parts.valid == parts.test == ()

    @pytest.mark.negative
    @pytest.mark.parametrize(
        ("valid", "test"), [(-0.1, 0.1), (0.1, -0.1), (0.5, 0.5), (float("nan"), 0.1)]
    )
    def test_impossible_shares_are_refused(self, valid, test):
        with pytest.raises(InputBoundsError, match="must be >= 0 with a sum below 1"):
            split_triples(MANY, valid=valid, test=test)

    @pytest.mark.negative
    def test_no_triples_are_refused(self):
        with pytest.raises(InputBoundsError, match="no triples to split"):
            split_triples([])


class TestDigest:
    one, two = ("a", "r", "b"), ("b", "r", "a")

    def test_it_ignores_order_within_a_part(self):
        first = TripleDataset(train=(self.one, self.two), valid=(), test=())
        second = TripleDataset(train=(self.two, self.one), valid=(), test=())
        assert first.digest == second.digest
        assert len(first.digest) == 64

    def test_it_changes_when_a_triple_changes_its_part(self):
        digests = {
            TripleDataset(train=(self.one, self.two), valid=(), test=()).digest,
            TripleDataset(train=(self.one,), valid=(self.two,), test=()).digest,
            TripleDataset(train=(self.one,), valid=(), test=(self.two,)).digest,
        }
        assert len(digests) == 3


class TestCorruption:
    rows = np.array([[0, 0, 1], [2, 0, 3], [4, 1, 0]], dtype=np.int64)
    known = frozenset(map(tuple, rows.tolist()))

    def test_each_result_differs_from_its_origin_at_one_end_and_is_not_known(self):
        many = np.repeat(self.rows, 60, axis=0)
        false = corrupted(many, known=self.known, entities=6, seed=3)
        assert len(false) == len(many)
        changed = false != many
        assert (changed.sum(axis=1) == 1).all()
        assert not changed[:, 1].any()
        assert changed[:, 0].sum() > 40
        assert changed[:, 2].sum() > 40
        assert not self.known & set(map(tuple, false.tolist()))
        assert set(np.unique(false[:, [0, 2]]).tolist()) == set(range(6))

    def test_same_seed_same_corruptions(self):
        first, again, other = (
            corrupted(np.repeat(self.rows, 9, axis=0), known=self.known, entities=6, seed=seed)
            for seed in (1, 1, 2)
        )
        assert first.tolist() == again.tolist() != other.tolist()

    def test_a_row_without_any_false_neighbour_is_left_out(self):
        everything = frozenset((s, 0, o) for s in range(2) for o in range(2))
        rows = np.array([[0, 0, 1], [0, 1, 1]], dtype=np.int64)
        false = corrupted(rows, known=everything, entities=2, seed=0)
        assert false[:, 1].tolist() == [1]

    def test_nothing_in_nothing_out(self):
        none = np.zeros((0, 3), dtype=np.int64)
        assert corrupted(none, known=frozenset(), entities=2, seed=0).shape == (0, 3)


class TestTradingMarket:
    market = trading_market(buyers=15, suppliers=12, materials=18, seed=4)

    def related(self, relation):
        return {(s, o) for s, r, o in self.market if r == relation}

    def test_its_relations_follow_from_family_and_region(self):
        family = dict(self.related("belongs_to"))
        region = dict(self.related("located_in"))
        deals = {}
        for trader, material in self.related("wants") | self.related("offers"):
            deals.setdefault(trader, set()).add(family[material])
        assert all(len(families) == 1 for families in deals.values())
        expected = {
            (buyer, supplier)
            for buyer in deals
            for supplier in deals
            if buyer.startswith("buyer")
            and supplier.startswith("supplier")
            and deals[buyer] == deals[supplier]
            and region[buyer] == region[supplier]
        }
        trades = {pair for pair in self.related("trades_with") if set(pair) <= set(deals)}
        assert trades == expected
        assert len(trades) > 0

    def test_substitutes_share_a_family_and_go_both_ways(self):
        family = dict(self.related("belongs_to"))
        pairs = self.related("substitutes")
        expected = {(a, b) for a in family for b in family if a != b and family[a] == family[b]}
        assert pairs == expected

    def test_its_size_is_as_asked_for(self):
        names = set(Vocabulary.of(self.market).entities)
        assert sum(name.startswith("buyer_") for name in names) == 15
        assert sum(name.startswith("supplier_") for name in names) == 12
        assert sum(name.startswith("material_") for name in names) == 18

    def test_same_seed_same_market(self):
        again = trading_market(buyers=15, suppliers=12, materials=18, seed=4)
        other = trading_market(buyers=15, suppliers=12, materials=18, seed=5)
        assert self.market == again != other

    def test_noise_replaces_about_its_share_of_the_links(self):
        noisy = trading_market(buyers=15, suppliers=12, materials=18, seed=4, noise=0.3)
        kept = len(set(noisy) & set(self.market)) / len(self.market)
        assert 0.6 < kept < 0.9
        assert {r for _, r, _ in noisy} == {r for _, r, _ in self.market}

    def test_a_market_of_one_each_is_possible(self):
        assert len(trading_market(buyers=1, suppliers=1, materials=1)) >= 3

    @pytest.mark.negative
    @pytest.mark.parametrize(
        "arguments",
        [{"buyers": 0}, {"suppliers": 0}, {"materials": 0}, {"noise": -0.1}, {"noise": 1.1}],
    )
    def test_impossible_markets_are_refused(self, arguments):
        with pytest.raises(InputBoundsError, match="a market needs counts of at least 1"):
            trading_market(**arguments)


class TestStructureFree:
    def test_counts_are_as_asked_for(self):
        triples = structure_free(entities=20, relations=3, triples=600, seed=1)
        assert len(set(triples)) == 600
        vocabulary = Vocabulary.of(triples)
        assert vocabulary.entities == tuple(f"entity_{i:04d}" for i in range(20))
        assert vocabulary.relations == ("relation_0", "relation_1", "relation_2")

    def test_same_seed_same_triples(self):
        assert structure_free(seed=1) == structure_free(seed=1) != structure_free(seed=2)

    def test_half_of_the_possible_triples_is_the_most(self):
        assert len(structure_free(entities=4, relations=1, triples=8)) == 8
        with pytest.raises(InputBoundsError, match="cannot draw 9 of 16 triples over 4 entities"):
            structure_free(entities=4, relations=1, triples=9)

    @pytest.mark.negative
    @pytest.mark.parametrize("arguments", [{"entities": 0}, {"relations": 0}, {"triples": 0}])
    def test_empty_worlds_are_refused(self, arguments):
        with pytest.raises(InputBoundsError, match="cannot draw"):
            structure_free(**arguments)
