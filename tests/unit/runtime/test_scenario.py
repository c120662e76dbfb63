"""A scenario shows learning where there is structure, none where there is none, and says so."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from agent_runtime.clock import system_clock
from agent_runtime.errors import InputBoundsError, OverloadedError, RateLimitedError
from agent_runtime.kernels.datasets import Triple
from agent_runtime.keys import SigningKey
from agent_runtime.scenario import command, table
from agent_runtime.scenario.book import MarketBook
from agent_runtime.scenario.claims import judge
from agent_runtime.scenario.detectors import measure_detectors
from agent_runtime.scenario.exam import Exam, Question, as_asked, ask_about, by_popularity, of_exam
from agent_runtime.scenario.failures import RefusedError, ScenarioError
from agent_runtime.scenario.figures import spread
from agent_runtime.scenario.goods import DEAL, SUPPLIES, plain_market, plain_records
from agent_runtime.scenario.ground import PLAIN
from agent_runtime.scenario.offers import Offer, Offers
from agent_runtime.scenario.paths import Lesson, ScorerPath
from agent_runtime.scenario.picture import picture_of
from agent_runtime.scenario.running import SystemPlan, running
from agent_runtime.scenario.stages import STAGES, stages_of
from agent_runtime.scenario.talk import ATTEMPTS, Talk
from agent_runtime.scenario.trial import Trial, TrialResult
from agent_runtime.service import EndpointSpec
from agent_runtime.service.spec import answered_by
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.links import Candidate, ScoreRequest, ScoreResponse
from agent_runtime.shapes.training import RetrainRequest
from agent_runtime.simulators.market import MarketPlan
from agent_runtime.supervision.surroundings import Member
from agent_runtime.testing import TRACE
from agent_runtime.testing_service import serving, trusting
from agent_runtime.tokens import TokenIssuer

from tests.unit.runtime.scenario_app import Likeness

PLAN = MarketPlan(seed=1, parties=50, groups=6, deals=2_000)
RESULT = TrialResult(
    seed=1,
    structured=True,
    questions=20,
    untaught=0.3,
    popularity=0.4,
    taught=0.6,
    learnt=0.7,
    best=1.0,
    refused_untaught=True,
    promoted=(True, True),
    history=300,
    outcomes=20,
    escalated=True,
)


def results(**control: float) -> list[TrialResult]:
    """Return five markets of either kind; in the control the system is no better than others."""
    flat = {"untaught": 0.5, "popularity": 0.5, "taught": 0.5, "learnt": 0.5} | control
    found = []
    for seed in range(1, 6):
        shift = 0.01 * seed
        found.append(replace(RESULT, seed=seed, learnt=0.7 + shift))
        moved = {name: value + shift * (-1) ** seed for name, value in flat.items()}
        found.append(replace(RESULT, seed=seed, structured=False, **{**moved, "popularity": 0.5}))
    return found


@contextmanager
def talking() -> Iterator[Talk]:
    with Talk(TokenIssuer(SigningKey.generate(), clock=system_clock), pause=lambda _: None) as talk:
        yield talk


@contextmanager
def in_process(agent: Likeness) -> Iterator[tuple[Offers, Talk]]:
    with serving(agent.endpoints, agent.operations, agent="scorer") as url, talking() as talk:
        port = int(url.rpartition(":")[2])
        member = Member(agent="scorer", target="a:b", host="127.0.0.1", port=port)
        yield Offers.of([member]), talk


class Direct:
    """The same agent without a network between."""

    def __init__(self, agent: Likeness) -> None:
        self.agent = agent

    def ranking(self, question: Question) -> Sequence[str] | None:
        if not self.agent.known:
            return None
        links = [
            Candidate(subject=seller, relation=SUPPLIES, object=question.buyer)
            for seller in question.sellers
        ]
        answer = self.agent.score(ScoreRequest(candidates=tuple(links)), Call(trace_id=TRACE))
        return [each.subject for each in answer.ranking]

    def teach(self, links: Sequence[Triple], reason: str) -> Lesson:
        told = tuple(Candidate(subject=s, relation=r, object=o) for s, r, o in links)
        request = RetrainRequest(links=told, reason=reason)
        answer = self.agent.retrain(request, Call(trace_id=TRACE))
        return Lesson(promoted=answer.promoted, told=answer.reasons[0])

    def escalates(self, _question: Question) -> tuple[str, ...]:
        return ("e1",) if self.agent.known else ()

    def overrides(self) -> bool | None:
        return None


def trial(agent: Likeness) -> tuple[TrialResult, list[str]]:
    lines: list[str] = []
    return Trial(PLAN, lines.append).run(Direct(agent)), lines


def test_a_system_that_learns_is_better_than_popularity_and_than_before() -> None:
    result, lines = trial(Likeness())
    assert result.learnt > max(result.popularity, result.untaught) + 0.1
    assert (result.refused_untaught, result.promoted, result.escalated) == (
        True,
        (True, True),
        True,
    )
    assert result.outcomes > 0
    assert [line.split("  ")[0] for line in lines[:2]] == ["before training", "taught"]


def test_a_system_that_does_not_learn_answers_as_asked() -> None:
    result, _ = trial(Likeness(learns=False))
    assert (result.taught, result.learnt) == (result.untaught, result.untaught)
    assert (result.promoted, result.escalated) == ((False, False), False)


def test_held_out_pairs_are_told_by_no_record() -> None:
    market = plain_market(PLAN)
    book = MarketBook.of(market, plain_records(), DEAL, lambda pair: not of_exam(pair, 1))
    told = {(seller, buyer) for seller, relation, buyer in book.links if relation == SUPPLIES}
    assert told == set(book.pairs)
    assert not any(of_exam(pair, 1) for pair in told)
    assert {relation for _, relation, _ in book.links} == {"OFFERS", SUPPLIES, "BUYS"}
    deals = market.records("deal").values()
    withheld = [d for d in deals if of_exam((str(d["seller_id"]), str(d["buyer_id"])), 1)]
    assert len(withheld) + len(book.pairs) == 2_000


def test_a_question_has_two_sellers_or_more_and_always_the_same_order() -> None:
    asked = ask_about("abc", "xy", lambda pair: pair != ("a", "x"), 1)
    assert [sorted(each.sellers) for each in asked] == [["b", "c"], ["a", "b", "c"]]
    assert asked == ask_about("cba", "xy", lambda pair: pair != ("a", "x"), 1)
    assert ask_about("a", "x", lambda pair: True, 1) == ()
    with pytest.raises(ScenarioError, match="too small"):
        Exam(plain_market(PLAN), ())


def test_grades_are_shares_of_what_the_market_takes_up() -> None:
    market = plain_market(PLAN)
    buyers = sorted(market.records("buyer"))[:6]
    sellers = tuple(sorted(market.records("seller")))
    exam = Exam(market, [Question(buyer=buyer, sellers=sellers) for buyer in buyers])
    right = [market.takes_up(sellers[0], buyer, "exam") for buyer in buyers]
    assert exam.grade(as_asked) == sum(right) / 6
    assert exam.best() == 1.0
    best = exam.grade(
        lambda q: sorted(q.sellers, key=lambda s: not market.takes_up(s, q.buyer, "exam"))
    )
    assert best == 1.0


def test_popularity_counts_deals_and_keeps_equals_as_they_come() -> None:
    order = by_popularity([("b", "x"), ("b", "y"), ("c", "x")])
    assert list(order(Question(buyer="z", sellers=("a", "c", "b", "d")))) == ["b", "c", "a", "d"]


def test_intervals_are_those_of_student() -> None:
    found = spread([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found.mean == 3.0
    assert (found.low, found.high) == pytest.approx((1.0368, 4.9632), abs=1e-3)
    assert found.above
    assert not spread([-1.0, 1.0, 2.0]).above
    assert str(spread([0.5, 0.5])) == "+0.500 [+0.500, +0.500]"
    with pytest.raises(InputBoundsError, match="two or more"):
        spread([1.0])


def test_all_claims_hold_of_good_figures_and_each_can_fail() -> None:
    assert all(claim.held for claim in judge(results()))
    good = results()

    def failing(**changes: object) -> set[str]:
        changed = [replace(each, **changes) if each.structured else each for each in good]
        return {claim.name for claim in judge(changed) if not claim.held}

    assert failing(refused_untaught=False) == {"without a model the system says so"}
    most = "models trained on structure are promoted in most markets"
    assert failing(promoted=(False, False)) == {most}
    assert failing(promoted=(False, True)) == set()
    assert failing(escalated=False) == {"doubtful answers of weight are escalated"}
    assert failing(popularity=0.75) == {"better than popularity"}
    assert failing(untaught=0.75) == {"better than before training"}
    flaws = {claim.name for claim in judge(results(learnt=0.7)) if not claim.held}
    assert flaws == {"no gain on popularity without structure"}


def test_a_look_at_few_markets_claims_no_gain() -> None:
    few = [each for each in results(learnt=0.7) if each.seed <= 4]
    assert {claim.name for claim in judge(few)} == {
        "without a model the system says so",
        "models trained on structure are promoted in most markets",
        "doubtful answers of weight are escalated",
    }


def test_detectors_find_what_is_large_and_are_silent_on_clean_runs() -> None:
    found = {each.name: each for each in measure_detectors(runs=6)}
    assert set(found) == {
        *("bias", "drift", "wash trade", "circular deal", "split deal", "price spike")
    }
    for each in found.values():
        assert each.claim.held, each.claim.told
        assert (each.rates[0].rate, each.rates[-1].rate) == (0.0, 1.0)
        blind = replace(each, rates=(each.rates[0], each.rates[0]))
        loud = replace(each, rates=(each.rates[-1], each.rates[-1]))
        assert not blind.claim.held
        assert not loud.claim.held
    assert table.detector_lines([found["bias"]])[0].startswith("bias            0: 0.00 [0.00,")


def test_stages_say_what_ran_and_why_others_did_not() -> None:
    offer = Offer(agent="scorer", url="http://x", method="POST")
    names = ("ScoreResponse", "RetrainResponse", "OverrideResponse")
    found = stages_of(Offers(dict.fromkeys(names, offer)), {"main": "deferred, later"})
    assert [each.ran for each in found] == [True, True, *[False] * (len(STAGES) - 2)]
    whole = stages_of(Offers(dict.fromkeys(names, offer)), {}, whole=True)
    assert [each.name for each in whole if each.ran] == [
        *("candidates are scored", "an override changes a decision")
    ]
    told = {each.name: each.told for each in found}
    assert told["candidates are scored"] == "scorer"
    assert (
        told["an override changes a decision"] == "scorer runs, but the scenario does not drive it"
    )
    assert "(not running: main: deferred, later)" in told["outcomes are reported by the domain"]
    assert table.stage_lines(found)[-1].startswith("not run  an auditor reports violations: no ")


def test_the_table_and_the_picture_show_every_market() -> None:
    lines = table.trial_lines(results())
    assert len(lines) == 13
    assert lines[-2].startswith("structure   learnt - popularity +0.330 [")
    root = ElementTree.fromstring(picture_of(results()))  # noqa: S314 - our own text
    circles = [each for each in root.iter() if each.tag.endswith("circle")]
    assert len(circles) == 4 * 10
    heights = [float(each.attrib["cy"]) for each in circles]
    assert min(heights) >= 50.0
    assert max(heights) <= 300.0


def test_an_offer_is_found_by_its_answer_and_nobody_offers_what_is_missing() -> None:
    with in_process(Likeness()) as (offers, _):
        assert offers.get("ScoreResponse").url.endswith("/v1/score")
        with pytest.raises(ScenarioError, match="answers a OverrideResponse"):
            offers.get("OverrideResponse")
    dead = Member(agent="gone", target="a:b", host="127.0.0.1", port=1)
    with pytest.raises(ScenarioError, match="gone does not say"):
        Offers.of([dead])
    with talking() as talk, pytest.raises(ScenarioError, match="gone cannot be reached"):
        talk.ask(Offer(agent="gone", url="http://127.0.0.1:1/x", method="POST"), {})


def score_spec(role: str | None = None) -> EndpointSpec:
    return EndpointSpec(name="score", path="/v1/score", method="POST", timeout_ms=5000, role=role)


@contextmanager
def scorer_that(answer: object) -> Iterator[tuple[Offers, Talk]]:
    agent = Likeness()
    operations = {**agent.operations, "score": answered_by(answer, ScoreRequest, ScoreResponse)}
    with serving(agent.endpoints, operations, agent="scorer") as url, talking() as talk:
        port = int(url.rpartition(":")[2])
        yield Offers.of([Member(agent="s", target="a:b", host="127.0.0.1", port=port)]), talk


def test_a_busy_agent_is_asked_again_a_few_times() -> None:
    calls: list[int] = []
    agent = Likeness()

    def busy(request: ScoreRequest, call: Call) -> ScoreResponse:
        calls.append(1)
        if len(calls) < 3:
            raise RateLimitedError("too much")
        return agent.score(request, call)

    agent.known, agent.dealt = {"x": {"a"}}, {"a": {"x"}, "b": set()}
    question = Question(buyer="x", sellers=("b", "a"))
    with scorer_that(busy) as (offers, talk):
        assert ScorerPath(offers, talk, SUPPLIES).ranking(question) == ["a", "b"]
        assert len(calls) == 3

    def always(_request: ScoreRequest, _call: Call) -> ScoreResponse:
        calls.append(1)
        raise RateLimitedError("too much")

    calls.clear()
    with (
        scorer_that(always) as (offers, talk),
        pytest.raises(RefusedError, match="answered 429") as refusal,
    ):
        ScorerPath(offers, talk, SUPPLIES).ranking(question)
    assert (len(calls), refusal.value.status) == (ATTEMPTS, 429)


def test_a_ranking_of_other_sellers_is_refused() -> None:
    agent = Likeness()
    agent.known, agent.dealt = {"x": {"a"}}, {"a": {"x"}}

    def other(request: ScoreRequest, call: Call) -> ScoreResponse:
        answer = agent.score(request, call)
        return answer.model_copy(update={"ranking": answer.ranking[:1]})

    with scorer_that(other) as (offers, talk), pytest.raises(ScenarioError, match="other sellers"):
        ScorerPath(offers, talk, SUPPLIES).ranking(Question(buyer="x", sellers=("b", "a")))


def test_an_overloaded_agent_is_not_taken_for_one_without_a_model() -> None:
    def failing(_request: ScoreRequest, _call: Call) -> ScoreResponse:
        raise OverloadedError("too much")

    with scorer_that(failing) as (offers, talk), pytest.raises(RefusedError, match="503"):
        ScorerPath(offers, talk, SUPPLIES).ranking(Question(buyer="x", sellers=("b", "a")))


def test_the_role_that_an_operation_wants_is_sent_as_a_token(tmp_path: Path) -> None:
    agent = Likeness()
    endpoints = (score_spec("governance"), agent.endpoints[1])
    gates = trusting(tmp_path, "s")
    with serving(endpoints, agent.operations, agent="s", gates=gates) as url, talking() as talk:
        port = int(url.rpartition(":")[2])
        offer = Offers.of([Member(agent="s", target="a:b", host="127.0.0.1", port=port)]).get(
            "ScoreResponse"
        )
        assert offer.role == "governance"
        assert talk.token("s", offer.role).count(".") == 2
        with pytest.raises(
            RefusedError, match="answered 401"
        ):  # a key that the agent does not know
            talk.ask(offer, {"candidates": []})


COMMAND = ["scorer=pkg.m:make", "--absent", "main=deferred, later", "--config", "c.yaml"]
QUICK = ["--detector-runs", "6"]
LARGE = ["--parties", "50", "--groups", "6", "--deals", "2000"]
SMALL = ["--parties", "16", "--groups", "3", "--deals", "150"]


def test_the_command_writes_its_figures_and_says_if_a_claim_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    agents: list[Likeness] = []

    @contextmanager
    def here(
        _plan: SystemPlan, folder: Path, _domain: object
    ) -> Iterator[tuple[Offers, Talk | None]]:
        assert not folder.exists()
        folder.mkdir(parents=True)
        agents.append(Likeness(learns=learns))
        yield Offers({}), None

    monkeypatch.setattr(command, "running", here)
    monkeypatch.setattr(command, "ScorerPath", lambda *_: Direct(agents[-1]))
    for learns, code, size in ((True, 0, LARGE), (False, 1, SMALL)):
        assert command.main([*COMMAND, "--folder", str(tmp_path), *QUICK, *size]) == code
        document = json.loads((tmp_path / "scenario.json").read_text())
        assert document["held"] is learns
        assert len(document["trials"]) == 10
        said = capsys.readouterr().out
        assert ("FAILS" in said) is not learns
        assert "not run  records are translated and sent on: no running agent answers a" in said
        assert "(not running: main: deferred, later)" in said
        assert (tmp_path / "scenario.svg").read_text().startswith("<svg")


def test_a_scenario_that_cannot_run_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ["--config", str(tmp_path / "none.yaml"), "--folder", str(tmp_path)]
    assert command.main(["scorer=pkg.m:make", *config]) == 2
    assert "none.yaml" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["no agent=x"], ["scorer"], ["scorer=a:b", "--seeds", "1"]])
def test_arguments_out_of_bounds_are_refused(wrong: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        command.main([*wrong, "--config", "c", "--folder", str(tmp_path)])


APP = """
import os
from pathlib import Path
from agent_runtime.service import ServiceSpec, create_service
from tests.unit.runtime.scenario_app import Likeness

def make():
    Path(os.environ["ADDRESS"]).write_text(os.environ["L9_SCORER__CLIENTS__TRADE"])
    agent = Likeness()
    spec = ServiceSpec(agent="scorer", title="s", version="1", endpoints=agent.endpoints)
    return create_service(spec, agent.operations)
"""


def test_a_system_is_started_for_a_market_and_stopped_after_it(tmp_path: Path) -> None:
    (tmp_path / "scenario_probe.py").write_text(APP)
    config = tmp_path / "shared.yaml"
    config.write_text(
        "collection: probe\nregistry:\n  - {agent: scorer, base_url: 'http://127.0.0.1:8000'}\n"
    )
    root = str(Path(__file__).resolve().parents[3])
    plan = SystemPlan(
        targets={"scorer": "scenario_probe:make"},
        absent={},
        config=config,
        environ={
            "PYTHONPATH": f"{tmp_path}:{root}:{':'.join(sys.path)}",
            "ADDRESS": str(tmp_path / "address"),
        },
        adapters=("scorer",),
    )
    domain = PLAIN.simulated(MarketPlan(seed=1, parties=2, deals=0))
    with running(plan, tmp_path / "run", domain) as (offers, talk):
        (address,) = (tmp_path / "address").read_text().split()
        page = httpx.get(f"{address}/trade/v1/records/seller", params={"limit": 1})
        assert page.json()["position"] == "seller-1"
        path = ScorerPath(offers, talk, SUPPLIES)
        question = Question(buyer="x", sellers=("b", "a"))
        assert path.ranking(question) is None
        assert path.teach([("a", SUPPLIES, "x"), ("b", "OFFERS", "w")], "test").promoted
        assert path.ranking(question) == ["a", "b"]
        assert path.escalates(question) == ("e1",)
        assert path.overrides() is None
    with pytest.raises(httpx.ConnectError):
        httpx.get(offers.get("ScoreResponse").url, timeout=5.0)
