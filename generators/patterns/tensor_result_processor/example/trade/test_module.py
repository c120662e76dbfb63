"""What `L9.example.module` promises.

Expected by the schema and by tensor_result_processor@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from agent_runtime.adapter.release import RELEASE_MATCH
from agent_runtime.matching.terms import Side
from agent_runtime.packets import new_packet
from agent_runtime.shapes.adapter import MatchScore, ResultsRequest, ResultsResponse
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.links import Candidate, ScoreRequest
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_routing import PlainTensors, chance
from agent_runtime.tokens import GOVERNANCE_ROLE
from agent_runtime.translation.book import RecordBook
from agent_runtime.translation.fields import Scalar
from agent_runtime.translation.records import CanonicalRecord
from agent_runtime.values import JsonObject
from pydantic import ValidationError

from L9.agents.adapters.plastos.buyer_supplier_matcher import TERMS, PairMatcher
from L9.agents.adapters.plastos.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.adapters.plastos.margin_optimizer import MarginOptimizer
from L9.agents.adapters.plastos.material_compatibility_checker import CompatibilityChecker
from L9.agents.adapters.plastos.plastos_data_translator import DataTranslator
from L9.agents.adapters.plastos.tensor_result_processor import (
    AGENT,
    AUDIT_EVENT,
    LATE_MS,
    PACKET_TYPE,
    PLAN,
    TensorResultProcessor,
)

CALL = Call(trace_id=TRACE)
LOT = 5.0
CHEAP = 0.9 * PLAN.limit / LOT
DEAR = 30.0 * PLAN.limit / LOT
SAMPLES: dict[str, JsonObject] = {
    "buyer": {
        "buyer_id": "buyer-1",
        "legal_name": "legal_name of buyer 1",
        "contact_email": "contact_email of buyer 1",
        "vat_number": "vat_number of buyer 1",
        "region": "north",
        "polymer": "PP",
        "melt_flow_low": 30.05,
        "melt_flow_high": 60.05,
        "contamination_limit": 5.0,
        "colour": "natural",
        "demand": 250.5,
        "bid_price": 2550.0,
    },
    "supplier": {
        "supplier_id": "supplier-1",
        "legal_name": "legal_name of supplier 1",
        "contact_email": "contact_email of supplier 1",
        "vat_number": "vat_number of supplier 1",
        "region": "north",
    },
    "material": {
        "material_id": "material-1",
        "supplier_id": "supplier-1",
        "polymer": "PP",
        "melt_flow": 45.05,
        "contamination": 5.0,
        "colour": "natural",
        "origin": "north",
        "offer": 250.5,
        "ask_price": 2525.0,
    },
    "transaction": {
        "transaction_id": "transaction-1",
        "supplier_id": "supplier-1",
        "buyer_id": "buyer-1",
        "material_id": "material-1",
        "quantity": 250.25,
        "price": 2525.0,
        "agreed_at": 10.0,
    },
}


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(tmp_path, agent=AGENT, signals=SIGNALS, rules=RULES, policy=POLICY)


@pytest.fixture
def book(tmp_path: Path, bench: AgentBench) -> Iterator[RecordBook]:
    book = RecordBook(tmp_path / "records.db", bench.clock)
    yield book
    book.close()


@pytest.fixture
def processor(bench: AgentBench, book: RecordBook) -> TensorResultProcessor:
    return opened(bench, book)


def opened(
    bench: AgentBench, book: RecordBook, layer: PlainTensors | None = None
) -> TensorResultProcessor:
    governance = GovernanceBridge(bench.governance)
    return TensorResultProcessor(
        PairMatcher(),
        MarginOptimizer(governance),
        governance,
        book,
        CompatibilityChecker(governance),
        layer=layer,
        clock=bench.clock,
    )


def changed(record: CanonicalRecord, side: Side, price: float) -> CanonicalRecord:
    facts: dict[str, Scalar] = {side.quantity: LOT, side.price: price, side.place: "here"}
    return replace(record, attributes={**record.attributes, **facts})


def scored(
    bench: AgentBench, book: RecordBook, bid: float, *, score: float = 0.95
) -> ResultsRequest:
    """Note an offer and a wish for it that pays `bid`, and return their link as scored."""
    translator = DataTranslator(GovernanceBridge(bench.governance), book)
    known = [translator.translate(record, fields) for record, fields in SAMPLES.items()]
    offer = next(each for each in known if each.record == TERMS.supply.record)
    wish = next(each for each in known if each.record == TERMS.demand.record)
    book.note([changed(offer, TERMS.supply, bid / 10), changed(wish, TERMS.demand, bid)])
    link = MatchScore(
        subject=TERMS.supply.party_of(offer),
        relation=TERMS.relation,
        object=TERMS.demand.party_of(wish),
        score=score,
        place=1,
    )
    return ResultsRequest(match_scores=(link,), confidence=score, decision_id="decision-1")


@pytest.mark.positive
def test_a_scored_link_becomes_a_priced_match_with_reasons(
    bench: AgentBench, book: RecordBook, processor: TensorResultProcessor
) -> None:
    response = processor.process_call(scored(bench, book, CHEAP), CALL)
    (match,) = response.matches
    assert (match.relation, match.confidence, match.about) == (TERMS.relation, 0.95, "decision-1")
    assert match.quantity == LOT
    assert CHEAP / 10 < match.price <= CHEAP
    assert match.value == pytest.approx(match.price * LOT)
    assert match.reasons[0].startswith("confidence 0.95")
    assert match.status == "released"


@pytest.mark.positive
def test_the_answer_is_audited_without_its_content(
    bench: AgentBench, book: RecordBook, processor: TensorResultProcessor
) -> None:
    response = processor.process_call(scored(bench, book, CHEAP), CALL)
    (audited,) = [each for each in bench.audit.records() if each.action == AUDIT_EVENT]
    assert audited.subject == response.decision_id
    assert audited.detail == {response.matches[0].match_id: "released"}


@pytest.mark.positive
def test_the_same_results_give_the_same_answer(
    bench: AgentBench, book: RecordBook, processor: TensorResultProcessor
) -> None:
    request = scored(bench, book, CHEAP)
    assert processor.process_call(request, CALL) == processor.process_call(request, CALL)


@pytest.mark.positive
def test_above_the_limit_a_token_of_the_anchors_releases_a_match(
    bench: AgentBench, book: RecordBook, processor: TensorResultProcessor
) -> None:
    token = bench.token(GOVERNANCE_ROLE, action=RELEASE_MATCH)
    call = Call(trace_id=TRACE, token=token)
    (match,) = processor.process_call(scored(bench, book, DEAR), call).matches
    assert match.value > PLAN.limit == 25000
    assert match.status == "released"


@pytest.mark.positive
def test_results_that_come_by_packet_are_processed_and_recorded(
    bench: AgentBench, book: RecordBook, processor: TensorResultProcessor
) -> None:
    kept: list[ResultsResponse] = []
    processor.listen(bench.bus, kept.append, bench.clock)
    payload = scored(bench, book, CHEAP).model_dump(mode="json")
    packet = new_packet(
        "sender", AGENT, payload, packet_type=PACKET_TYPE, trace_id=TRACE, clock=bench.clock
    )
    bench.bus.publish(f"packets.{AGENT}", packet.to_json(), key=TRACE)
    bench.bus.pump()
    (response,) = kept
    assert response.trace_id == TRACE
    assert len(response.matches) == 1


@pytest.mark.positive
def test_an_offer_that_came_later_is_scored_and_competes(
    bench: AgentBench, book: RecordBook
) -> None:
    request = scored(bench, book, CHEAP)
    (told,) = request.match_scores
    stranger = told.model_copy(update={"subject": "somebody:else/1"})
    tensors = PlainTensors()
    response = opened(bench, book, tensors).process_call(
        request.model_copy(update={"match_scores": (stranger,)}), CALL
    )
    late = Candidate(subject=told.subject, relation=told.relation, object=told.object)
    assert tensors.asked == [ScoreRequest(candidates=(late,))]
    assert [each.confidence for each in response.matches] == [chance(told.subject, told.object)]
    assert LATE_MS == 250.0


@pytest.mark.negative
def test_what_was_scored_is_not_asked_again(bench: AgentBench, book: RecordBook) -> None:
    tensors = PlainTensors()
    opened(bench, book, tensors).process_call(scored(bench, book, CHEAP), CALL)
    assert tensors.asked == []


@pytest.mark.negative
def test_above_the_limit_a_match_is_held_and_the_anchors_hear_of_it(
    bench: AgentBench, book: RecordBook, processor: TensorResultProcessor
) -> None:
    response = processor.process_call(scored(bench, book, DEAR), CALL)
    (match,) = response.matches
    assert match.status == "held"
    assert response.governance_status == "escalated"
    assert match.match_id in {each.subject for each in bench.escalations.pending()}


@pytest.mark.negative
def test_above_the_limit_a_token_for_something_else_does_not_help(
    bench: AgentBench, book: RecordBook, processor: TensorResultProcessor
) -> None:
    call = Call(trace_id=TRACE, token=bench.token(GOVERNANCE_ROLE, action="something_else"))
    (match,) = processor.process_call(scored(bench, book, DEAR), call).matches
    assert match.status == "held"


@pytest.mark.negative
def test_a_link_of_nobody_known_leads_to_no_match(processor: TensorResultProcessor) -> None:
    link = MatchScore(subject="a:b/c", relation=TERMS.relation, object="a:d/e", score=0.9)
    response = processor.process_call(ResultsRequest(match_scores=(link,), confidence=0.9), CALL)
    assert response.matches == ()


@pytest.mark.negative
@pytest.mark.parametrize("score", [-0.1, 1.1])
def test_an_impossible_score_is_refused(score: float) -> None:
    with pytest.raises(ValidationError):
        MatchScore(subject="a", relation="b", object="c", score=score)
