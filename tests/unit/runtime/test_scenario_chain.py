"""The long way: records in at the adapter, a model that people approved, an override."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from agent_runtime.clock import system_clock
from agent_runtime.keys import SigningKey
from agent_runtime.scenario import chain
from agent_runtime.scenario.chain import CHAIN, ChainPath
from agent_runtime.scenario.claims import judge
from agent_runtime.scenario.exam import Question
from agent_runtime.scenario.failures import RefusedError, ScenarioError
from agent_runtime.scenario.goods import SUPPLIES
from agent_runtime.scenario.ground import PLAIN, ground_of
from agent_runtime.scenario.offers import Offers
from agent_runtime.scenario.talk import Talk
from agent_runtime.scenario.trial import Trial
from agent_runtime.simulators.market import MarketPlan
from agent_runtime.supervision.surroundings import Member
from agent_runtime.testing_service import serving
from agent_runtime.tokens import TokenIssuer

from tests.unit.runtime.scenario_chain import SmallSystem
from tests.unit.runtime.test_scenario import results

PLAN = MarketPlan(seed=1, parties=12, groups=2, deals=120)
DEALS = [("seller-01", SUPPLIES, "buyer-01"), ("seller-02", SUPPLIES, "buyer-01")]
QUESTION = Question(buyer="buyer-01", sellers=("seller-03", "seller-02"))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "LOOKS", 3)


@contextmanager
def led(system: SmallSystem) -> Iterator[ChainPath]:
    issuer = TokenIssuer(SigningKey.generate(), clock=system_clock)
    with (
        serving(system.endpoints, system.operations, agent="small") as url,
        Talk(issuer, pause=lambda _: None) as talk,
    ):
        port = int(url.rpartition(":")[2])
        offers = Offers.of([Member(agent="small", target="a:b", host="127.0.0.1", port=port)])
        assert all(offers.find(shape) for shape in CHAIN)
        yield ChainPath(offers, talk, PLAIN, PLAIN.simulated(PLAN), system_clock)


def test_outcomes_become_a_model_only_with_two_approvals() -> None:
    system = SmallSystem()
    with led(system) as path:
        assert path.ranking(QUESTION) is None
        lesson = path.teach([*DEALS, ("seller-01", "OFFERS", "w")], "history")
        assert lesson.promoted
        assert lesson.told == "waits for approval, then promoted; small serves it as 1"
        assert sorted(system.told) == [("seller-01", "buyer-01"), ("seller-02", "buyer-01")]
        assert len(set(system.approvals)) == 2
        assert path.ranking(QUESTION) == ["seller-02", "seller-03"]
        asked = len(system.logged)
        assert path.ranking(QUESTION) == ["seller-02", "seller-03"]
        assert len(system.logged) == asked  # one packet a lesson


def test_an_escalation_is_raised_and_an_override_stands() -> None:
    system = SmallSystem()
    with led(system) as path:
        assert path.overrides() is False  # nothing was decided yet
        path.ranking(QUESTION)
        assert path.escalates(QUESTION) == ("reasoning:d2",)  # after two packets of wishes
        assert system.pending == 1
        last = system.logged[0].data["candidates"][-1]
        assert path.overrides() is True
        assert system.logged[0].data["candidates"][0] == last


@pytest.mark.parametrize("fault", ["stubborn", "forgetful"])
def test_an_override_that_changes_nothing_is_noticed(fault: str) -> None:
    with led(SmallSystem(fault=fault)) as path:
        path.ranking(QUESTION)
        path.escalates(QUESTION)
        assert path.overrides() is False


def test_an_answer_of_weight_that_nobody_is_asked_about_is_noticed() -> None:
    with led(SmallSystem(fault="careless")) as path:
        path.ranking(QUESTION)
        assert path.escalates(QUESTION) == ()


@pytest.mark.parametrize(
    ("fault", "told"),
    [("failing", "out of memory"), ("worse", "refused: it does not beat popularity")],
)
def test_a_model_that_does_not_serve_is_no_promotion(fault: str, told: str) -> None:
    with led(SmallSystem(fault=fault)) as path:
        lesson = path.teach(DEALS, "history")
    assert (lesson.promoted, lesson.told) == (False, told)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("endless", "does not end"),
        ("deaf", "does not hear of 2 outcomes"),
        ("closed", "no training today"),
    ],
)
def test_a_trainer_that_does_not_train_ends_the_scenario(fault: str, why: str) -> None:
    with led(SmallSystem(fault=fault)) as path, pytest.raises(ScenarioError, match=why):
        path.teach(DEALS, "history")


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("refusing", "the adapter refused records"),
        ("silent", "nothing was decided about packet p0"),
        ("unranked", "has no ranking"),
    ],
)
def test_an_orchestrator_that_does_not_decide_ends_it(fault: str, why: str) -> None:
    with led(SmallSystem(fault=fault)) as path, pytest.raises(ScenarioError, match=why):
        path.ranking(QUESTION)


def test_a_refused_override_ends_it() -> None:
    with led(SmallSystem(fault="locked")) as path:
        path.ranking(QUESTION)
        path.escalates(QUESTION)
        with pytest.raises(RefusedError, match="decisions stand"):
            path.overrides()
    system = SmallSystem()
    system.early = 10  # more often than anybody looks
    with led(system) as path:
        path.ranking(QUESTION)
        path.escalates(QUESTION)
        with pytest.raises(RefusedError, match="was made here"):
            path.overrides()


def test_a_trial_of_the_whole_chain_gains_and_is_overridden() -> None:
    lines: list[str] = []
    with led(SmallSystem()) as path:
        result = Trial(PLAN, lines.append).run(path)
    assert result.promoted == (True, True)
    assert (result.escalated, result.overridden) == (True, True)
    assert "override          stands" in lines


def test_the_claim_of_the_override_can_fail_and_is_not_made_where_nobody_can() -> None:
    name = "an override changes the decision"
    for words, held in ((True, True), (False, False)):
        changed = [replace(each, overridden=words) for each in results()]
        (claim,) = [each for each in judge(changed) if each.name == name]
        assert claim.held is held
    assert name not in {each.name for each in judge(results())}


def test_what_is_no_bridge_is_no_ground() -> None:
    with pytest.raises(ScenarioError, match="is no bridge to a domain"):
        ground_of("json")
    found = ground_of("tests.unit.runtime.scenario_bridge")
    assert (found.key, found.relation, found.seller, found.buyer) == (
        *("trade", SUPPLIES),
        *("seller", "buyer"),
    )
