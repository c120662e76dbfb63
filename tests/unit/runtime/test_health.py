"""Health: checks, what they mean for probes, and that nothing can hang the board."""

import threading

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError, MemoryLayerError
from agent_runtime.health import CheckResult, HealthBoard


def _fail(error):
    def check():
        raise error

    return check


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def board(clock):
    return HealthBoard(clock=clock)


def test_without_checks_an_agent_is_ready(board):
    report = board.report()
    assert (report.status, report.live, report.ready) == ("ready", True, True)
    assert report.to_json() == {"status": "ready", "checks": []}


@pytest.mark.parametrize(
    ("affects", "status", "live", "ready"),
    [
        ("live", "dead", False, False),
        ("ready", "not_ready", True, False),
        ("degraded", "degraded", True, True),
    ],
)
def test_a_failing_check_means_what_it_declares(board, affects, status, live, ready):
    board.register("good", lambda: False)
    board.register("bad", _fail(MemoryLayerError("redis is gone")), affects=affects)
    report = board.report()
    assert (report.status, report.live, report.ready) == (status, live, ready)
    assert report.checks == (
        CheckResult(name="good", affects="ready", healthy=True),
        CheckResult(name="bad", affects=affects, healthy=False, detail="redis is gone"),
    )
    assert report.to_json() == {
        "status": status,
        "checks": [
            {"name": "good", "affects": "ready", "healthy": True, "detail": ""},
            {"name": "bad", "affects": affects, "healthy": False, "detail": "redis is gone"},
        ],
    }


def test_the_worst_check_decides(board):
    board.register("a", _fail(ValueError()), affects="degraded")
    board.register("b", _fail(ValueError()), affects="ready")
    assert board.report().status == "not_ready"
    board.register("c", _fail(ValueError()), affects="live")
    assert board.report().status == "dead"


def test_the_text_of_a_foreign_error_is_not_shown(board):
    board.register("db", _fail(ValueError("postgres://user:pw@host")))
    assert board.report().checks[0].detail == "ValueError"


def test_results_are_kept_for_a_second(board, clock):
    runs = []
    board.register("count", lambda: runs.append(1))
    board.report()
    clock.advance(0.999)
    board.report()
    assert len(runs) == 1
    clock.advance(0.001)
    board.report()
    assert len(runs) == 2
    board.register("new", lambda: None)
    assert [check.name for check in board.report().checks] == ["count", "new"]
    assert len(runs) == 3


def test_a_clock_that_went_back_does_not_freeze_the_report():
    times = iter([100.0, 50.0])
    board = HealthBoard(clock=lambda: next(times))
    runs = []
    board.register("count", lambda: runs.append(1))
    board.report()
    board.report()
    assert len(runs) == 2


def test_a_check_recovers(board, clock):
    failing = [True]

    def check():
        if failing:
            raise MemoryLayerError("down")

    board.register("store", check)
    assert not board.report().ready
    failing.clear()
    clock.advance(1.0)
    assert board.report().ready


@pytest.mark.negative
def test_a_hanging_check_fails_in_time_and_is_not_started_twice(clock):
    board = HealthBoard(clock=clock, limit_seconds=0.01)
    release, starts = threading.Event(), []

    def hang():
        starts.append(1)
        release.wait(10.0)

    board.register("hang", hang)
    board.register("good", lambda: None)
    first = board.report()
    assert first.status == "not_ready"
    assert first.checks[0].detail == "no answer in time"
    assert first.checks[1].healthy
    clock.advance(1.0)
    board.report()
    assert len(starts) == 1
    release.set()
    threads = [thread for thread in threading.enumerate() if thread.name == "health-hang"]
    assert all(thread.daemon for thread in threads)
    for thread in threads:
        thread.join()
    clock.advance(1.0)
    assert board.report().ready


def test_draining_is_not_ready_but_live(board):
    assert not board.draining
    board.drain()
    report = board.report()
    assert board.draining
    assert (report.live, report.ready) == (True, False)
    assert report.to_json()["status"] == "draining"


@pytest.mark.negative
def test_a_check_name_is_unique(board):
    board.register("a", lambda: None)
    with pytest.raises(ConfigError, match=r"^a health check 'a' exists already$"):
        board.register("a", lambda: None)
