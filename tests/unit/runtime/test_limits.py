"""Rate and parallelism limits refuse at once, and recover exactly when they say."""

import threading

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError, OverloadedError, RateLimitedError
from agent_runtime.limits import Parallelism, RateLimiter


def spend(limiter, key, times):
    for _ in range(times):
        limiter.check(key)


def test_a_burst_passes_and_the_next_request_is_refused_with_the_time_to_wait():
    limiter = RateLimiter(2.0, 3, ManualClock())
    spend(limiter, "a", 3)
    with pytest.raises(RateLimitedError, match=r"try again in 0\.500 s"):
        limiter.check("a")


def test_a_bucket_refills_at_the_declared_rate():
    clock = ManualClock()
    limiter = RateLimiter(2.0, 1, clock)
    limiter.check("a")
    clock.advance(0.25)
    with pytest.raises(RateLimitedError, match=r"try again in 0\.250 s"):
        limiter.check("a")
    clock.advance(0.25)
    limiter.check("a")
    with pytest.raises(RateLimitedError):
        limiter.check("a")


def test_a_refused_request_costs_nothing():
    clock = ManualClock()
    limiter = RateLimiter(1.0, 1, clock)
    limiter.check("a")
    for _ in range(5):
        with pytest.raises(RateLimitedError):
            limiter.check("a")
    clock.advance(1.0)
    limiter.check("a")


def test_a_bucket_holds_no_more_than_the_burst():
    clock = ManualClock()
    limiter = RateLimiter(1.0, 2, clock)
    spend(limiter, "a", 2)
    clock.advance(1000.0)
    spend(limiter, "a", 2)
    with pytest.raises(RateLimitedError):
        limiter.check("a")


def test_keys_have_buckets_of_their_own():
    limiter = RateLimiter(1.0, 1, ManualClock())
    limiter.check("a")
    limiter.check("b")
    with pytest.raises(RateLimitedError):
        limiter.check("a")


def test_retry_after_counts_down_to_zero_and_never_below():
    clock = ManualClock()
    limiter = RateLimiter(4.0, 1, clock)
    assert limiter.retry_after("a") == 0.0
    limiter.check("a")
    assert limiter.retry_after("a") == 0.25
    clock.advance(0.125)
    assert limiter.retry_after("a") == 0.125
    clock.advance(10.0)
    assert limiter.retry_after("a") == 0.0


def test_a_clock_that_goes_back_gives_nothing_away():
    now = [100.0]
    limiter = RateLimiter(1.0, 2, lambda: now[0])
    limiter.check("a")
    now[0] = 50.0
    limiter.check("a")
    with pytest.raises(RateLimitedError):
        limiter.check("a")


def test_the_key_that_asked_longest_ago_is_forgotten_first():
    limiter = RateLimiter(1.0, 1, ManualClock(), most_keys=2)
    limiter.check("a")
    limiter.check("b")
    with pytest.raises(RateLimitedError):
        limiter.check("a")
    limiter.check("c")
    with pytest.raises(RateLimitedError):
        limiter.check("a")
    limiter.check("b")


def test_one_key_may_be_enough():
    limiter = RateLimiter(1.0, 1, ManualClock(), most_keys=1)
    limiter.check("a")
    with pytest.raises(RateLimitedError):
        limiter.check("a")


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_must_be_positive(rate):
    with pytest.raises(ConfigError, match="rate_per_second must be positive"):
        RateLimiter(rate, 1, ManualClock())


@pytest.mark.parametrize("sizes", [{"burst": 0}, {"burst": 1, "most_keys": 0}])
def test_sizes_must_be_at_least_one(sizes):
    with pytest.raises(ConfigError, match="must be at least 1"):
        RateLimiter(1.0, clock=ManualClock(), **sizes)


def test_parallelism_refuses_the_task_beyond_the_limit_and_takes_it_after_one_ends():
    slots = Parallelism(2)
    with slots:
        with slots:
            assert slots.in_use == 2
            with pytest.raises(OverloadedError, match="2 of 2 tasks are running"), slots:
                pytest.fail("a third task ran")
            assert slots.in_use == 2
        with slots as taken:
            assert taken is slots
    assert slots.in_use == 0


def test_a_slot_is_given_back_when_the_task_fails():
    slots = Parallelism(1)
    with pytest.raises(KeyError), slots:
        raise KeyError("task")
    assert slots.in_use == 0


def test_parallelism_without_a_limit_counts_but_never_refuses():
    slots = Parallelism(None)
    assert slots.limit is None
    with slots, slots, slots:
        assert slots.in_use == 3


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_must_be_at_least_one(limit):
    with pytest.raises(ConfigError, match=f"at least 1, not {limit}"):
        Parallelism(limit)


def test_a_limit_of_one_lets_one_in():
    with Parallelism(1) as slots:
        assert slots.limit == 1


def test_threads_never_exceed_the_limit():
    slots = Parallelism(3)
    inside = threading.Barrier(4, timeout=10)
    release = threading.Event()
    refused = []

    def task():
        with slots:
            inside.wait()
            release.wait(10)

    threads = [threading.Thread(target=task) for _ in range(3)]
    for thread in threads:
        thread.start()
    inside.wait()
    try:
        with slots:
            pytest.fail("a fourth task ran")
    except OverloadedError as error:
        refused.append(error)
    release.set()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert slots.in_use == 0
