"""A lane answers in batches and keeps the nearer of deadline and time-out."""

import threading
from collections.abc import Sequence

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import DeadlineExceededError, InputBoundsError, OverloadedError
from agent_runtime.inference import InferenceLane
from agent_runtime.shapes.base import Call
from agent_runtime.testing_time import HeldTime, until_notified

TRACE = "11111111-1111-4111-8111-111111111111"


def doubled(requests: Sequence[int]) -> list[int]:
    return [request * 2 for request in requests]


@pytest.mark.positive
def test_a_request_is_answered():
    plain = InferenceLane(doubled, timeout_ms=10_000, max_batch=1, max_pending=8)
    assert plain.run(21, Call(trace_id=TRACE)) == 42
    assert plain.close(10.0)


@pytest.mark.parametrize(("within", "expected"), [(None, 0.5), (0.7, 0.5), (0.2, 0.2), (0.5, 0.5)])
def test_the_nearer_of_deadline_and_time_out_counts(within, expected):
    clock = ManualClock()
    held = HeldTime(clock)

    def run_batch(requests: Sequence[int]) -> list[int]:
        held.hold()
        return doubled(requests)

    slow = InferenceLane(
        run_batch, timeout_ms=500, max_batch=1, max_pending=8, clock=clock, wait=held.wait
    )
    began = clock()
    deadline = None if within is None else began + within
    with pytest.raises(DeadlineExceededError, match="not done before the deadline"):
        slow.run(1, Call(trace_id=TRACE, deadline=deadline))
    assert clock() - began == pytest.approx(expected)
    held.release()
    assert slow.close(10.0)


@pytest.mark.parametrize(
    ("timeout_ms", "max_wait_ms", "expected"),
    [(500, None, 0.01), (250, None, 0.005), (500, 7.0, 0.007)],
)
def test_two_percent_of_the_time_out_may_be_waited_for_others(timeout_ms, max_wait_ms, expected):
    each = InferenceLane(
        doubled, timeout_ms=timeout_ms, max_batch=2, max_pending=2, max_wait_ms=max_wait_ms
    )
    assert each._batcher._max_wait_seconds == pytest.approx(expected)
    assert each.close(10.0)


def test_requests_of_several_callers_share_a_batch():
    sizes: list[int] = []

    def counted(requests: Sequence[int]) -> list[int]:
        sizes.append(len(requests))
        return doubled(requests)

    shared = InferenceLane(
        counted, timeout_ms=60_000, max_batch=3, max_pending=8, wait=until_notified
    )
    answers: dict[int, int] = {}

    def ask(number: int) -> None:
        answers[number] = shared.run(number, Call(trace_id=TRACE))

    callers = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(10.0)
    assert answers == {0: 0, 1: 2, 2: 4}
    assert sizes == [3]
    assert shared.close(10.0)


@pytest.mark.negative
def test_a_deadline_that_has_passed_is_refused():
    clock = ManualClock()
    late = InferenceLane(doubled, timeout_ms=500, max_batch=1, max_pending=8, clock=clock)
    with pytest.raises(DeadlineExceededError, match="before the work began"):
        late.run(1, Call(trace_id=TRACE, deadline=clock()))
    assert late.close(10.0)


@pytest.mark.negative
def test_a_closed_lane_takes_no_more():
    closed = InferenceLane(doubled, timeout_ms=500, max_batch=1, max_pending=1)
    assert closed.close(10.0)
    with pytest.raises(OverloadedError):
        closed.run(1, Call(trace_id=TRACE))


@pytest.mark.negative
@pytest.mark.parametrize(
    "bad", [{"timeout_ms": 0}, {"timeout_ms": -1}, {"max_batch": 0}, {"max_pending": 0}]
)
def test_bounds_that_let_nothing_through_are_refused(bad):
    with pytest.raises(InputBoundsError):
        InferenceLane(doubled, **{"timeout_ms": 500, "max_batch": 4, "max_pending": 8, **bad})
