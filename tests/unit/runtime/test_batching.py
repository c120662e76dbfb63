"""Batches fill, wait, expire, fail and drain as declared; time moves only when a test moves it."""

import math
import threading
from collections.abc import Callable, Sequence

import pytest
from agent_runtime.batching import Batcher
from agent_runtime.clock import ManualClock
from agent_runtime.errors import (
    AgentError,
    DeadlineExceededError,
    InputBoundsError,
    OutputBoundsError,
    OverloadedError,
)

PATIENCE = 10.0  # seconds until a hung test gives up; never waited for in a passing one


class SteppedTime:
    """A clock whose waiting threads wake only when it is advanced or they are notified."""

    def __init__(self) -> None:
        self.clock = ManualClock(1000.0)
        self.waits: list[float | None] = []
        self._conditions: set[threading.Condition] = set()
        self._progress = threading.Condition()

    def wait(self, condition: threading.Condition, seconds: float | None) -> bool:
        with self._progress:
            self.waits.append(seconds)
            self._conditions.add(condition)
            self._progress.notify_all()
        assert condition.wait(PATIENCE), "nobody woke this thread"
        return True

    def until_waits(self, count: int) -> None:
        """Return when `count` waits in all have begun: each is a decision not to go on yet."""
        with self._progress:
            assert self._progress.wait_for(lambda: len(self.waits) >= count, PATIENCE), self.waits

    def advance(self, seconds: float) -> None:
        with self._progress:
            conditions = tuple(self._conditions)
        self.clock.advance(seconds)
        for condition in conditions:
            with condition:
                condition.notify_all()


class Recorder:
    """A batch function that doubles numbers, fails on some, and can be held up."""

    def __init__(self, *, failing: Sequence[int] = ()) -> None:
        self.batches: list[list[int]] = []
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.failing = set(failing)

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        self.entered.set()
        assert self.go_on.wait(PATIENCE)
        bad = self.failing.intersection(items)
        if bad:
            raise AgentError(f"cannot double {sorted(bad)}")
        return [item * 2 for item in items]


class Caller(threading.Thread):
    """Submits one item and keeps the answer."""

    def __init__(self, submit: Callable[[], int]) -> None:
        super().__init__(daemon=True)
        self._submit = submit
        self.result: int | None = None
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.result = self._submit()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.error = error

    def answer(self) -> int | None:
        self.join(PATIENCE)
        assert not self.is_alive(), "the caller is still blocked"
        if self.error is not None:
            raise self.error
        return self.result


class Bench:
    """A batcher on stepped time, its worker idle."""

    def __init__(self, recorder=None, *, max_batch=3, max_wait_ms=5.0, max_pending=1024) -> None:
        self.time = SteppedTime()
        self.recorder = recorder or Recorder()
        self.batcher = Batcher(
            self.recorder,
            max_batch=max_batch,
            max_wait_ms=max_wait_ms,
            max_pending=max_pending,
            clock=self.time.clock,
            wait=self.time.wait,
        )
        self.time.until_waits(1)

    def call(self, item: int, within: float = 1.0) -> Caller:
        deadline = self.time.clock() + within
        return Caller(lambda: self.batcher.submit(item, deadline))

    def call_and_wait(self, item: int, within: float = 1.0) -> Caller:
        """Submit an item that leaves the batch open: its caller and then the worker wait."""
        begun = len(self.time.waits)
        caller = self.call(item, within)
        self.time.until_waits(begun + 2)
        return caller

    def hold(self, item: int = 0, within: float = 1000.0) -> Caller:
        """Keep the worker busy with a batch of its own until `recorder.go_on` is set."""
        self.recorder.go_on.clear()
        begun = len(self.time.waits)
        caller = self.call(item, within)
        self.time.until_waits(begun + 2)
        self.time.advance(self.time.waits[-1] if self.time.waits[-1] < 1.0 else 0.005)
        assert self.recorder.entered.wait(PATIENCE)
        self.time.until_waits(begun + 3)
        return caller


@pytest.fixture
def bench():
    made: list[Bench] = []

    def make(*arguments, **options) -> Bench:
        made.append(Bench(*arguments, **options))
        return made[-1]

    yield make
    for each in made:
        each.recorder.go_on.set()
        assert each.batcher.close(PATIENCE)


@pytest.mark.positive
def test_a_full_batch_starts_at_once(bench):
    one = bench(max_batch=3)
    callers = [one.call_and_wait(1), one.call_and_wait(2), one.call(3)]
    assert [caller.answer() for caller in callers] == [2, 4, 6]
    assert one.recorder.batches == [[1, 2, 3]]


@pytest.mark.positive
def test_a_batch_starts_exactly_when_its_oldest_item_has_waited_long_enough(bench):
    one = bench(max_batch=10, max_wait_ms=5.0)
    first = one.call_and_wait(1)
    one.time.advance(0.003)
    one.time.until_waits(5)  # caller and worker looked at the clock and waited on
    second = one.call_and_wait(2)
    one.time.advance(0.0019)
    one.time.until_waits(10)
    assert one.recorder.batches == []
    assert one.time.waits[2] == pytest.approx(0.005)
    one.time.advance(0.0002)
    assert (first.answer(), second.answer()) == (2, 4)
    assert one.recorder.batches == [[1, 2]]


def test_without_waiting_time_every_item_runs_at_once(bench):
    one = bench(max_batch=10, max_wait_ms=0.0)
    assert one.call(7).answer() == 14


def test_a_batch_of_one_never_waits(bench):
    one = bench(max_batch=1)
    assert [one.call(item).answer() for item in (1, 2)] == [2, 4]
    assert one.recorder.batches == [[1], [2]]


@pytest.mark.parametrize("within", [0.004, 0.005])
def test_an_item_whose_deadline_falls_into_the_wait_runs_at_once(bench, within):
    one = bench(max_batch=10, max_wait_ms=5.0)
    relaxed = one.call_and_wait(1)
    assert one.call(2, within=within).answer() == 4
    assert relaxed.answer() == 2
    assert one.recorder.batches == [[1, 2]]


def test_an_item_whose_deadline_falls_after_the_wait_waits(bench):
    one = bench(max_batch=10, max_wait_ms=5.0)
    caller = one.call_and_wait(1, within=0.0051)
    assert one.recorder.batches == []
    one.time.advance(0.00501)
    assert caller.answer() == 2


def test_what_arrives_during_a_batch_goes_into_the_next(bench):
    one = bench(max_batch=2)
    held = one.hold(9)
    begun = len(one.time.waits)
    callers = [one.call(item) for item in (1,)]
    one.time.until_waits(begun + 1)
    callers += [one.call(item) for item in (2,)]
    one.time.until_waits(begun + 2)
    callers += [one.call(item) for item in (3,)]
    one.time.until_waits(begun + 3)
    one.recorder.go_on.set()
    assert held.answer() == 18
    assert [caller.answer() for caller in callers[:2]] == [2, 4]
    one.time.until_waits(begun + 4)
    one.time.advance(0.1)
    assert callers[2].answer() == 6
    assert one.recorder.batches == [[9], [1, 2], [3]]


@pytest.mark.negative
def test_a_caller_stops_waiting_at_its_deadline_while_the_batch_runs_on(bench):
    one = bench()
    held = one.hold(9, within=0.5)
    one.time.advance(0.4949)
    assert held.is_alive()
    one.time.advance(0.0002)
    with pytest.raises(DeadlineExceededError, match="not done before the deadline"):
        held.answer()
    one.recorder.go_on.set()
    again = one.call(4, within=0.001)
    assert again.answer() == 8


@pytest.mark.negative
def test_an_item_past_its_deadline_is_not_computed(bench):
    one = bench(max_batch=2)
    one.hold(9)
    begun = len(one.time.waits)
    late = one.call(1, within=0.1)
    one.time.until_waits(begun + 1)
    one.time.advance(0.1)
    with pytest.raises(DeadlineExceededError):
        late.answer()
    one.recorder.go_on.set()
    assert one.call(2, within=0.001).answer() == 4
    assert one.recorder.batches == [[9], [2]]


def test_the_worker_outlives_a_queue_that_was_given_up(bench):
    one = bench()
    held = one.hold(9)
    begun = len(one.time.waits)
    late = one.call(1, within=0.1)
    one.time.until_waits(begun + 1)
    one.time.advance(0.1)
    with pytest.raises(DeadlineExceededError):
        late.answer()
    begun = len(one.time.waits)
    one.recorder.go_on.set()
    assert held.answer() == 18
    one.time.until_waits(begun + 1)  # nothing to do: the worker waits for arrivals again
    assert one.time.waits[-1] is None
    assert one.call(5, within=0.001).answer() == 10


@pytest.mark.negative
@pytest.mark.parametrize("within", [0.0, -1.0, math.nan])
def test_a_deadline_that_has_passed_is_refused_at_once(bench, within):
    one = bench()
    with pytest.raises(DeadlineExceededError, match="before the work began"):
        one.batcher.submit(1, one.time.clock() + within)
    assert one.recorder.batches == []


@pytest.mark.negative
@pytest.mark.parametrize("failing", [[1], [3], [4], [2, 3], [1, 2, 3, 4]])
def test_only_the_failing_items_of_a_batch_fail(bench, failing):
    one = bench(Recorder(failing=failing), max_batch=4)
    callers = [one.call_and_wait(1), one.call_and_wait(2), one.call_and_wait(3), one.call(4)]
    for item, caller in enumerate(callers, start=1):
        if item in failing:
            with pytest.raises(AgentError, match=rf"cannot double \[{item}\]"):
                caller.answer()
        else:
            assert caller.answer() == item * 2


def test_a_failed_batch_is_halved_not_repeated_item_by_item(bench):
    one = bench(Recorder(failing=[4]), max_batch=4)
    callers = [one.call_and_wait(1), one.call_and_wait(2), one.call_and_wait(3), one.call(4)]
    with pytest.raises(AgentError):
        callers[3].answer()
    assert one.recorder.batches == [[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]]


def test_halves_whose_deadline_passed_meanwhile_are_not_run(bench):
    def slow(items: Sequence[int]) -> list[int]:
        ran.append(list(items))
        if len(items) > 1:
            one.time.clock.advance(2.0)
            raise AgentError("too slow together")
        return list(items)

    ran: list[list[int]] = []
    one = bench(slow_recorder := Recorder(), max_batch=2)
    one.batcher._run_batch = slow
    patient = one.call_and_wait(1, within=100.0)
    hasty = one.call(2, within=2.0)  # just now, when its half would run
    assert patient.answer() == 1
    assert ran == [[1, 2], [1]]
    assert slow_recorder.batches == []
    one.time.advance(0.0)
    with pytest.raises(DeadlineExceededError):
        hasty.answer()


@pytest.mark.negative
def test_a_wrong_number_of_results_reaches_nobody(bench):
    one = bench(max_batch=1)
    one.batcher._run_batch = lambda items: []
    with pytest.raises(OutputBoundsError, match="0 results for 1 items"):
        one.call(1).answer()
    one.batcher._run_batch = lambda items: [1, 2]
    with pytest.raises(OutputBoundsError, match="2 results for 1 items"):
        one.call(1).answer()


@pytest.mark.negative
def test_even_an_exit_from_a_batch_leaves_the_worker_alive(bench):
    def leave(items: Sequence[int]) -> list[int]:
        raise SystemExit("a library called exit")

    one = bench(max_batch=1)
    one.batcher._run_batch = leave
    with pytest.raises(SystemExit):
        one.call(1).answer()
    one.batcher._run_batch = one.recorder
    assert one.call(2).answer() == 4


def test_a_result_of_none_is_a_result():
    with Batcher(lambda items: [None for _ in items], max_batch=1, max_wait_ms=0.0) as batcher:
        assert batcher.submit("x", math.inf) is None


@pytest.mark.negative
def test_load_beyond_the_queue_is_shed_and_a_given_up_place_is_free_again(bench):
    one = bench(max_batch=1, max_pending=1)
    one.recorder.go_on.clear()
    held = one.call(9)
    assert one.recorder.entered.wait(PATIENCE)
    one.time.until_waits(2)
    waiting = one.call(1, within=0.1)
    one.time.until_waits(3)
    with pytest.raises(OverloadedError, match="1 items wait already"):
        one.batcher.submit(2, one.time.clock() + 1.0)
    one.time.advance(0.1)
    with pytest.raises(DeadlineExceededError):
        waiting.answer()
    begun = len(one.time.waits)
    third = one.call(3)
    one.time.until_waits(begun + 1)
    one.recorder.go_on.set()
    assert (held.answer(), third.answer()) == (18, 6)


def test_closing_runs_what_waits_without_delay(bench):
    one = bench(max_batch=10)
    callers = [one.call_and_wait(1), one.call_and_wait(2)]
    assert one.batcher.close()
    assert [caller.answer() for caller in callers] == [2, 4]
    assert one.recorder.batches == [[1, 2]]


def test_closing_drains_more_than_one_batch(bench):
    one = bench(max_batch=2)
    one.hold(9)
    begun = len(one.time.waits)
    callers = []
    for number, item in enumerate((1, 2, 3), start=1):
        callers.append(one.call(item))
        one.time.until_waits(begun + number)
    assert not one.batcher.close(0.0)
    one.recorder.go_on.set()
    assert one.batcher.close(PATIENCE)
    assert [caller.answer() for caller in callers] == [2, 4, 6]
    assert one.recorder.batches == [[9], [1, 2], [3]]


@pytest.mark.negative
def test_a_closed_batcher_takes_no_more(bench):
    one = bench()
    with one.batcher:
        pass
    assert one.batcher.close()
    with pytest.raises(OverloadedError, match="closed"):
        one.batcher.submit(1, one.time.clock() + 1.0)


@pytest.mark.negative
@pytest.mark.parametrize(
    "bounds",
    [
        {"max_batch": 0, "max_wait_ms": 1.0},
        {"max_batch": 1, "max_wait_ms": -0.1},
        {"max_batch": 1, "max_wait_ms": math.inf},
        {"max_batch": 1, "max_wait_ms": math.nan},
        {"max_batch": 1, "max_wait_ms": 1.0, "max_pending": 0},
    ],
)
def test_bounds_that_let_nothing_through_are_refused(bounds):
    with pytest.raises(InputBoundsError, match="out of bounds"):
        Batcher(list, **bounds)


@pytest.mark.regression
def test_a_clock_that_stands_still_does_not_keep_a_batch_from_starting():
    with Batcher(list, max_batch=2, max_wait_ms=1.0, clock=ManualClock()) as batcher:
        assert batcher.submit("x", ManualClock()() + PATIENCE) == "x"
        assert batcher.submit("y", ManualClock()() + PATIENCE) == "y"


@pytest.mark.regression
def test_a_clock_that_stands_still_does_not_keep_a_caller_from_leaving():
    recorder = Recorder()
    recorder.go_on.clear()
    with Batcher(recorder, max_batch=1, max_wait_ms=0.0, clock=ManualClock()) as batcher:
        with pytest.raises(DeadlineExceededError, match="not done before the deadline"):
            batcher.submit(1, ManualClock()() + 0.001)
        recorder.go_on.set()
        assert batcher.submit(2, ManualClock()() + PATIENCE) == 4


def test_many_threads_on_real_time_each_get_their_own_result():
    with Batcher(
        lambda items: [item * 2 for item in items], max_batch=8, max_wait_ms=1.0
    ) as batcher:
        import time

        callers = [
            Caller(lambda item=item: batcher.submit(item, time.time() + PATIENCE))
            for item in range(64)
        ]
        assert [caller.answer() for caller in callers] == [item * 2 for item in range(64)]
