"""Offers that came later are scored in one batch, and what is not known of them is left out."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.adapter.lateoffers import LateOffers, ScoreLayer
from agent_runtime.clients.failures import UnreachableError
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError
from agent_runtime.matching.compatibility import check_compatibility
from agent_runtime.shapes.adapter import MatchScore
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.links import Candidate, ScoreRequest, ScoreResponse
from agent_runtime.testing import TRACE
from agent_runtime.testing_routing import PlainTensors, chance
from agent_runtime.translation.book import RecordBook

from tests.unit.runtime.plastics import buyer, material, supplier
from tests.unit.runtime.test_matching import CLEAN, POLYMER, TERMS, TRANSLATOR

CALL = Call(trace_id=TRACE)
BUYER = "plastos:buyer/B1"


class Learnt:
    """A tensor layer that knows some sellers only, and refuses a batch with anybody else."""

    def __init__(self, *sellers: str) -> None:
        self.tensors = PlainTensors()
        self.calls: list[Call] = []
        self._known = frozenset(sellers)

    def score_candidates(self, request: ScoreRequest, call: Call) -> ScoreResponse:
        self.calls.append(call)
        strangers = {each.subject for each in request.candidates} - self._known
        if strangers:
            raise InputBoundsError(f"unknown: {sorted(strangers)}")
        return self.tensors.score_candidates(request, call)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def book(tmp_path: Path, clock: ManualClock) -> Iterator[RecordBook]:
    book = RecordBook(tmp_path / "records.db", clock)
    documents = [("buyer", buyer())]
    for number in range(1, 5):
        documents += [
            ("supplier", supplier(f"S{number}")),
            ("material", material(f"M{number}", f"S{number}")),
        ]
    records, refused = TRANSLATOR.translate_all(documents)
    assert refused == ()
    book.note(records)
    yield book
    book.close()


def late(book: RecordBook, layer: ScoreLayer, clock: ManualClock) -> LateOffers:
    return LateOffers(
        TERMS,
        book,
        lambda offer, wish: check_compatibility((POLYMER, CLEAN), offer, wish),
        layer,
        clock=clock,
        milliseconds=200.0,
    )


def told(*sellers: str) -> list[MatchScore]:
    return [MatchScore(subject=s, relation="SUPPLIES", object=BUYER, score=0.5) for s in sellers]


def seller(number: int) -> str:
    return f"plastos:supplier/S{number}"


def test_pairs_that_nobody_scored_go_out_in_one_batch(book: RecordBook, clock: ManualClock) -> None:
    tensors = PlainTensors()
    scores, problem = late(book, tensors, clock).scores(told(seller(1), seller(3)), CALL)
    wanted = tuple(Candidate(subject=seller(n), relation="SUPPLIES", object=BUYER) for n in (2, 4))
    assert tensors.asked == [ScoreRequest(candidates=wanted)]
    assert {each.subject: each.score for each in scores} == {
        seller(n): chance(seller(n), BUYER) for n in (2, 4)
    }
    assert problem == ""


def test_all_of_it_takes_no_longer_than_it_may(book: RecordBook, clock: ManualClock) -> None:
    layer = Learnt(*(seller(n) for n in range(1, 5)))
    late(book, layer, clock).scores(told(seller(1)), CALL)
    late(book, layer, clock).scores(told(seller(1)), replace(CALL, deadline=clock() + 0.05))
    late(book, layer, clock).scores(told(seller(1)), replace(CALL, deadline=clock() + 9.0))
    now = clock()
    assert [call.deadline for call in layer.calls] == [now + 0.2, now + 0.05, now + 0.2]
    assert {call.trace_id for call in layer.calls} == {TRACE}


def test_offers_that_do_not_fit_are_not_asked_about(book: RecordBook, clock: ManualClock) -> None:
    records, _ = TRANSLATOR.translate_all([("material", material("M2", "S2", polymer="PET"))])
    book.note(records)
    tensors = PlainTensors()
    scores, _ = late(book, tensors, clock).scores(told(seller(1)), CALL)
    assert {each.subject for each in scores} == {seller(3), seller(4)}


def test_a_seller_that_the_layer_does_not_know_costs_the_others_nothing(
    book: RecordBook, clock: ManualClock
) -> None:
    layer = Learnt(seller(2), seller(4))
    scores, problem = late(book, layer, clock).scores(told(seller(1)), CALL)
    assert {each.subject for each in scores} == {seller(2), seller(4)}
    assert problem == ""


def test_nobody_is_asked_if_there_is_nothing_to_ask(book: RecordBook, clock: ManualClock) -> None:
    tensors = PlainTensors()
    offers = late(book, tensors, clock)
    assert offers.scores(told(*(seller(n) for n in range(1, 5))), CALL) == ((), "")
    other = MatchScore(subject=seller(1), relation="BUYS", object=BUYER, score=0.5)
    assert offers.scores([other], CALL) == ((), "")
    stranger = MatchScore(subject=seller(1), relation="SUPPLIES", object="plastos:b/9", score=0.5)
    assert offers.scores([stranger], CALL) == ((), "")
    assert tensors.asked == []


def test_a_layer_out_of_reach_is_told_in_words(book: RecordBook, clock: ManualClock) -> None:
    layer = PlainTensors(fault=UnreachableError("tensoraios does not answer"))
    scores, problem = late(book, layer, clock).scores(told(seller(1)), CALL)
    assert scores == ()
    assert problem == "later offers are not all scored: tensoraios does not answer"
