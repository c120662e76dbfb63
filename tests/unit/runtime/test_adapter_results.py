"""Scored links become priced matches; what is worth much leaves only with an approval."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from agent_runtime.adapter.lateoffers import LateOffers
from agent_runtime.adapter.release import RELEASE_MATCH
from agent_runtime.adapter.results import Deliver, ResultDesk, ResultPlan
from agent_runtime.approvals import Approval, Credential
from agent_runtime.clients.failures import UnreachableError
from agent_runtime.escalation import Escalation
from agent_runtime.governance import Governance
from agent_runtime.matching.compatibility import check_compatibility
from agent_runtime.matching.margin import DealTerms, Offer, best_offer
from agent_runtime.rules import Rule
from agent_runtime.shapes.adapter import Match, MatchScore, ResultsRequest
from agent_runtime.shapes.base import Call
from agent_runtime.signals import Signal
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_routing import PlainTensors, chance
from agent_runtime.tokens import GOVERNANCE_ROLE
from agent_runtime.translation.book import RecordBook
from agent_runtime.values import JsonObject

from tests.unit.runtime.plastics import buyer, material, supplier
from tests.unit.runtime.test_matching import (
    CLEAN,
    MATCHER,
    POLYMER,
    PRICING,
    RAIL,
    ROAD,
    TERMS,
    TRANSLATOR,
)

CALL = Call(trace_id=TRACE)
SELLER, BUYER = "plastos:supplier/S1", "plastos:buyer/B1"
PLAN = ResultPlan(
    terms=TERMS, limit=25_000.0, confidence=("match_confidence",), value=("deal_value",)
)
UNSURE = Rule(
    rule_id="r1",
    expression="match_confidence < 0.7 && deal_value > 5000.0",
    kind="policy",
    severity="high",
    signals=("match_confidence", "deal_value"),
    source="PlastOS#/governance/escalationpolicy",
    text="match_confidence < 0.7 AND deal_value > 5000",
)


class Bridge:
    """A governance bridge as agents generate them."""

    def __init__(self, governance: Governance) -> None:
        self._governance = governance

    def observe_all(
        self, values: Mapping[str, float | bool], *, subject: str, trace_id: str
    ) -> tuple[Escalation, ...]:
        return self._governance.observe(values, subject=subject, trace_id=trace_id)

    def escalate(self, subject: str, reason: str, severity: str, *, trace_id: str) -> Escalation:
        return self._governance.escalate(subject, reason, severity, trace_id=trace_id)

    def authorise(
        self, action: str, token: Credential | None, trace_id: str, *, subject: str | None = None
    ) -> Approval:
        return self._governance.authorise_external(
            action, token=token, subject=subject, trace_id=trace_id
        )


class Pricing:
    def best(self, terms: DealTerms, *, subject: str, trace_id: str) -> Offer | None:
        assert subject
        assert trace_id
        return best_offer(terms, (ROAD, RAIL), PRICING)


class Domain:
    """Takes up everything, unless it is out of reach."""

    def __init__(self, *, reachable: bool = True) -> None:
        self.told: list[Match] = []
        self._reachable = reachable

    def deliver(self, matches: tuple[Match, ...], call: Call) -> tuple[str, ...]:
        assert call is CALL or call.token
        if not self._reachable:
            raise UnreachableError("plastos")
        self.told += matches
        return tuple(match.match_id for match in matches)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    signals = (Signal("match_confidence", low=0, high=1), Signal("deal_value", unit="eur", low=0))
    return AgentBench(tmp_path, agent="adapter", signals=signals, rules=(UNSURE,))


@pytest.fixture
def book(tmp_path: Path, bench: AgentBench) -> Iterator[RecordBook]:
    book = RecordBook(tmp_path / "records.db", bench.clock)
    yield book
    book.close()


def _known(book: RecordBook, *documents: tuple[str, JsonObject]) -> None:
    records, refused = TRANSLATOR.translate_all(documents)
    assert refused == ()
    book.note(records)


def _market(book: RecordBook, *, demand: float = 20.0) -> None:
    wanted, offered = buyer(demand=demand), material(offer=demand)
    _known(book, ("buyer", wanted), ("supplier", supplier()), ("material", offered))


def _desk(bench: AgentBench, book: RecordBook, deliver: Deliver | None = None) -> ResultDesk:
    bridge = Bridge(bench.governance)
    return ResultDesk(PLAN, book, MATCHER.match, Pricing(), bridge, deliver=deliver)


def _results(score: float = 0.9, **changes: object) -> ResultsRequest:
    link = MatchScore(subject=SELLER, relation="SUPPLIES", object=BUYER, score=score, place=1)
    plain: dict[str, object] = {"match_scores": (link,), "confidence": 0.8}
    return ResultsRequest.model_validate({**plain, **changes})


def test_a_match_is_priced_explained_released_and_delivered(
    bench: AgentBench, book: RecordBook
) -> None:
    _market(book)
    domain = Domain()
    answer = _desk(bench, book, domain.deliver).process(_results(decision_id="d-1"), CALL)
    (match,) = answer.matches
    assert (match.seller, match.buyer, match.supply, match.demand) == (SELLER, BUYER, "M1", "B1")
    assert match.value == match.price * match.quantity == pytest.approx(match.price * 20.0)
    assert match.status == "released"
    assert match.about == "d-1"
    assert match.reasons[0].startswith("confidence 0.90")
    assert "leaves" in match.reasons[-1]
    assert answer.delivered == (match.match_id,)
    assert domain.told == [match]
    assert answer.governance_status == "proceeded"
    assert answer.entities == (SELLER, BUYER)
    assert answer.confidence == 0.8


def test_the_same_results_give_the_same_answer(bench: AgentBench, book: RecordBook) -> None:
    _market(book)
    desk = _desk(bench, book)
    assert desk.process(_results(), CALL) == desk.process(_results(), CALL)
    other = Call(trace_id="22222222-2222-4222-8222-222222222222")
    assert desk.process(_results(), CALL).decision_id != desk.process(_results(), other).decision_id


def test_a_match_above_the_limit_is_held_and_the_anchors_hear_of_it(
    bench: AgentBench, book: RecordBook
) -> None:
    _market(book, demand=40.0)
    domain = Domain()
    answer = _desk(bench, book, domain.deliver).process(_results(), CALL)
    (match,) = answer.matches
    assert match.value > PLAN.limit
    assert match.status == "held"
    assert domain.told == []
    assert answer.governance_status == "escalated"
    (waiting,) = bench.escalations.pending()
    assert waiting.subject == match.match_id


def test_with_a_token_of_the_anchors_it_leaves(bench: AgentBench, book: RecordBook) -> None:
    _market(book, demand=40.0)
    domain = Domain()
    token = bench.token(GOVERNANCE_ROLE, action=RELEASE_MATCH)
    answer = _desk(bench, book, domain.deliver).process(
        _results(), Call(trace_id=TRACE, token=token)
    )
    assert [match.status for match in answer.matches] == ["released"]
    assert domain.told == list(answer.matches)
    assert bench.escalations.pending() == ()


def test_a_token_for_something_else_does_not_help(bench: AgentBench, book: RecordBook) -> None:
    _market(book, demand=40.0)
    token = bench.token(GOVERNANCE_ROLE, action="promote_model")
    answer = _desk(bench, book).process(_results(), Call(trace_id=TRACE, token=token))
    assert [match.status for match in answer.matches] == ["held"]


def test_a_match_that_governance_doubts_is_held_though_it_is_small(
    bench: AgentBench, book: RecordBook
) -> None:
    _market(book)
    domain = Domain()
    answer = _desk(bench, book, domain.deliver).process(_results(0.6), CALL)
    (match,) = answer.matches
    assert match.value < PLAN.limit
    assert match.status == "held"
    assert domain.told == []
    assert answer.escalations == tuple(each.escalation_id for each in bench.escalations.pending())


def test_a_plan_without_signals_judges_by_the_limit_alone(
    bench: AgentBench, book: RecordBook
) -> None:
    _market(book)
    bridge = Bridge(bench.governance)
    plan = ResultPlan(terms=TERMS, limit=25_000.0)
    desk = ResultDesk(plan, book, MATCHER.match, Pricing(), bridge)
    answer = desk.process(_results(0.1), CALL)
    assert [match.status for match in answer.matches] == ["released"]
    assert answer.delivered == ()


def test_a_domain_out_of_reach_is_told_as_a_problem(bench: AgentBench, book: RecordBook) -> None:
    _market(book)
    answer = _desk(bench, book, Domain(reachable=False).deliver).process(_results(), CALL)
    assert answer.delivered == ()
    assert "plastos" in answer.problem
    assert len(answer.matches) == 1


def test_later_offers_compete_and_both_problems_are_told(
    bench: AgentBench, book: RecordBook
) -> None:
    _market(book)
    tensors = PlainTensors()
    late = LateOffers(
        TERMS,
        book,
        lambda offer, wish: check_compatibility((POLYMER, CLEAN), offer, wish),
        tensors,
        clock=bench.clock,
        milliseconds=100.0,
    )
    desk = ResultDesk(
        PLAN,
        book,
        MATCHER.match,
        Pricing(),
        Bridge(bench.governance),
        deliver=Domain(reachable=False).deliver,
        late=late,
    )
    stranger = MatchScore(subject="nobody", relation="SUPPLIES", object=BUYER, score=0.9)
    answer = desk.process(_results(match_scores=(stranger,)), CALL)
    assert [each.confidence for each in answer.matches] == [chance(SELLER, BUYER)]
    tensors.fault = UnreachableError("tensors are away")
    alone = desk.process(_results(match_scores=(stranger,)), CALL)
    assert (alone.matches, alone.problem) == (
        (),
        "later offers are not all scored: tensors are away",
    )
    link = MatchScore(subject=SELLER, relation="SUPPLIES", object=BUYER, score=0.9)
    offer = material("M2", "S2", offer=20.0)
    _known(book, ("supplier", supplier("S2")), ("material", offer))
    both = desk.process(_results(match_scores=(link,)), CALL)
    assert both.problem == "later offers are not all scored: tensors are away; plastos"


def test_other_relations_and_unknown_parties_lead_to_nothing(
    bench: AgentBench, book: RecordBook
) -> None:
    _market(book)
    scores = (
        MatchScore(subject=SELLER, relation="BUYS", object=BUYER, score=0.9),
        MatchScore(subject="plastos:supplier/S9", relation="SUPPLIES", object=BUYER, score=0.9),
    )
    domain = Domain()
    answer = _desk(bench, book, domain.deliver).process(_results(match_scores=scores), CALL)
    assert answer.matches == ()
    assert domain.told == []
    assert answer.governance_status == "proceeded"


def test_a_match_without_an_admissible_price_is_excluded(
    bench: AgentBench, book: RecordBook
) -> None:
    class NoPrice:
        def best(self, terms: DealTerms, *, subject: str, trace_id: str) -> Offer | None:
            assert terms.load.quantity == 20.0
            return None

    _market(book)
    bridge = Bridge(bench.governance)
    answer = ResultDesk(PLAN, book, MATCHER.match, NoPrice(), bridge).process(_results(), CALL)
    assert answer.matches == ()
    assert answer.excluded == 1
