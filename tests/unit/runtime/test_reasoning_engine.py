"""The engine and its reflection: order, deadline, failure, contradiction, circles."""

from dataclasses import replace

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import DeadlineExceededError, InputBoundsError, NoModelError
from agent_runtime.reasoning.case import Case, Draft, Enrichment, TensorResults, Verdict
from agent_runtime.reasoning.engine import NO_TIME, StagedReasoning
from agent_runtime.reasoning.reflection import (
    CONTRADICTION,
    Criticism,
    CycleWatch,
    criticise,
)
from agent_runtime.reasoning.synthesis import Synthesizer
from agent_runtime.testing_reasoning import case, draft, tensors, verdict

NOTHING = Enrichment()
EMPTY = TensorResults()


class Saying:
    """A mode that says what it is told to, and takes its time."""

    def __init__(
        self, said: Verdict | None, clock: ManualClock | None = None, seconds: float = 0.0
    ) -> None:
        self._said = said
        self._clock = clock
        self._seconds = seconds

    def reason(self, case: Case, enrichment: Enrichment, tensors: TensorResults) -> Verdict:
        if self._clock is not None:
            self._clock.advance(self._seconds)
        if self._said is None:
            raise NoModelError("nothing was trained")
        return self._said


class Watching:
    """A critic that notes what it is told."""

    def __init__(self, *, faults: bool = True) -> None:
        self.entered: list[Case] = []
        self.circles: list[Case] = []
        self._faults = faults

    def criticise(self, draft: Draft) -> tuple[Criticism, ...]:
        return criticise(draft) if self._faults else ()

    def enter(self, case: Case) -> None:
        self.entered.append(case)

    def circled(self, case: Case) -> None:
        self.circles.append(case)


def engine(
    clock: ManualClock, critic: Watching | None = None, budget_ms: float = 2000.0, **modes: Saying
) -> StagedReasoning:
    return StagedReasoning(modes, Synthesizer(), critic, clock, budget_ms=budget_ms)


def test_all_modes_are_heard_and_the_draft_carries_what_it_rests_on() -> None:
    clock = ManualClock()
    made = engine(
        clock,
        a=Saying(verdict("a", 0.9, 0.1), clock, 0.1),
        b=Saying(verdict("b", 0.8, 0.2)),
    ).decide(case(2), Enrichment(factors={"x": 0.1}), tensors(0.5, 0.5))
    assert [each.mode for each in made.verdicts] == ["a", "b"]
    assert made.ranking == (0, 1)
    assert made.latency_ms == pytest.approx(100.0, abs=0.1)
    assert made.enrichment.factors == {"x": 0.1}
    assert made.tensors.model_version == "m1"


def test_a_mode_that_fails_is_named_and_lowers_confidence() -> None:
    clock = ManualClock()
    whole = engine(clock, a=Saying(verdict("a", 0.9))).decide(case(1), NOTHING, EMPTY)
    made = engine(clock, a=Saying(verdict("a", 0.9)), b=Saying(None)).decide(
        case(1), NOTHING, EMPTY
    )
    assert made.skipped == {"b": "no model trained yet: nothing was trained"}
    assert made.confidence == pytest.approx(whole.confidence / 2)


def test_modes_without_time_are_left_out() -> None:
    clock = ManualClock()
    at_hand = case(1, deadline=clock() + 0.5)
    made = engine(
        clock, a=Saying(verdict("a", 0.9), clock, 0.6), b=Saying(verdict("b", 0.1))
    ).decide(at_hand, NOTHING, EMPTY)
    assert [each.mode for each in made.verdicts] == ["a"]
    assert made.skipped == {"b": NO_TIME}


def test_a_case_without_deadline_has_the_declared_budget() -> None:
    clock = ManualClock()
    modes = {"a": Saying(verdict("a", 0.9), clock, 0.25), "b": Saying(verdict("b", 0.9))}
    assert engine(clock, budget_ms=200.0, **modes).decide(case(1), NOTHING, EMPTY).skipped
    assert not engine(clock, budget_ms=300.0, **modes).decide(case(1), NOTHING, EMPTY).skipped


def test_a_deadline_that_passed_is_an_error_not_an_empty_draft() -> None:
    clock = ManualClock()
    late = case(1, deadline=clock() - 0.001)
    with pytest.raises(DeadlineExceededError, match="p-1"):
        engine(clock, a=Saying(verdict("a", 0.9))).decide(late, NOTHING, EMPTY)


def test_the_weaker_of_two_contradicting_modes_is_set_aside() -> None:
    critic = Watching()
    made = engine(
        ManualClock(),
        critic,
        sure=Saying(verdict("sure", 0.9, confidence=0.9)),
        odd=Saying(verdict("odd", 0.1, confidence=0.6)),
    ).decide(case(1), NOTHING, EMPTY)
    assert [each.mode for each in made.verdicts] == ["sure"]
    assert made.skipped == {"odd": "set aside: contradicted"}
    assert made.confidence < 0.9
    assert critic.entered == [made.case]
    assert critic.circles == []


def test_a_contradiction_nobody_can_settle_in_time_is_said() -> None:
    clock = ManualClock()
    at_hand = case(1, deadline=clock() + 0.1)
    made = engine(
        clock,
        Watching(),
        sure=Saying(verdict("sure", 0.9, confidence=0.9)),
        odd=Saying(verdict("odd", 0.1, confidence=0.6), clock, 0.2),
    ).decide(at_hand, NOTHING, EMPTY)
    assert len(made.verdicts) == 2
    assert made.reasons[-1] == "odd gives the best candidate 0.10, sure 0.90"


def test_reflection_keeps_the_first_draft_if_stepping_back_does_not_help() -> None:
    class Stubborn(Watching):
        def criticise(self, draft: Draft) -> tuple[Criticism, ...]:
            return (Criticism(fault="contradiction", modes=("nobody",), text="odd"),)

    critic = Stubborn()
    made = engine(ManualClock(), critic, a=Saying(verdict("a", 0.9))).decide(
        case(1), NOTHING, EMPTY
    )
    assert [each.mode for each in made.verdicts] == ["a"]
    assert made.reasons[-1] == "odd"
    assert len(critic.circles) == 1


def test_without_faults_or_critic_the_draft_stands() -> None:
    modes = {"a": Saying(verdict("a", 0.9)), "b": Saying(verdict("b", 0.1))}
    for critic in (None, Watching(faults=False)):
        made = engine(ManualClock(), critic, **modes).decide(case(1), NOTHING, EMPTY)
        assert len(made.verdicts) == 2


@pytest.mark.parametrize(("low", "found"), [(0.9 - CONTRADICTION, 1), (0.41, 0)])
def test_a_contradiction_begins_at_half_a_scale_apart(low: float, found: int) -> None:
    made = draft(verdict("a", 0.9), verdict("b", low, confidence=0.5))
    assert len([c for c in criticise(made) if c.fault == "contradiction"]) == found


def test_modes_that_are_unsure_do_not_contradict() -> None:
    assert criticise(draft(verdict("a", 0.9), verdict("b", 0.1, confidence=0.49))) == ()


def test_confidence_above_that_of_every_mode_is_criticised() -> None:
    made = Draft(
        case=case(1), ranking=(0,), support=(0.9,), confidence=0.8,
        verdicts=(verdict("a", 0.9, confidence=0.7),),
    )  # fmt: skip
    assert [each.fault for each in criticise(made)] == ["unbacked_confidence"]


def test_a_draft_that_recommends_nothing_is_criticised() -> None:
    made = draft(verdict("rules", 0.0, objections=("r",)))
    assert [each.fault for each in criticise(made)] == ["nothing_to_recommend"]


def test_the_same_case_of_a_trace_may_come_three_times_within_the_window() -> None:
    clock = ManualClock()
    watch = CycleWatch(clock, most=3, seconds=10.0)
    assert [watch.visit(case(1)) for _ in range(4)] == [False, False, False, True]
    clock.advance(10.0)
    assert not watch.visit(case(1))


def test_other_content_or_another_trace_is_no_cycle() -> None:
    watch = CycleWatch(ManualClock(), most=1)
    assert not watch.visit(case(1))
    assert not watch.visit(case(1, deal=2))
    assert not watch.visit(replace(case(1), trace_id="other"))
    assert watch.visit(case(1))


def test_the_watch_forgets_what_is_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_runtime.reasoning.reflection._REMEMBERED", 2)
    watch = CycleWatch(ManualClock(), most=1)
    for deal in range(3):
        watch.visit(case(1, deal=deal))
    assert not watch.visit(case(1, deal=0))
    assert watch.visit(case(1, deal=2))


@pytest.mark.parametrize("bounds", [{"most": 0}, {"seconds": 0.0}])
def test_a_watch_for_nothing_is_refused(bounds: dict[str, float]) -> None:
    with pytest.raises(InputBoundsError):
        CycleWatch(ManualClock(), **bounds)
