"""Answers are counted over a window that slides with the clock."""

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError
from agent_runtime.throughput import WINDOW_SECONDS, Throughput


@pytest.fixture
def clock():
    return ManualClock()


def test_answers_of_the_window_are_counted_a_second(clock):
    throughput = Throughput(clock, seconds=10.0)
    assert throughput.rate() == 0.0
    throughput.count()
    clock.advance(4.0)
    throughput.count()
    assert throughput.rate() == 0.2


def test_an_answer_counts_until_just_the_age_of_the_window(clock):
    throughput = Throughput(clock)
    throughput.count()
    clock.advance(WINDOW_SECONDS)
    throughput.count()
    assert throughput.rate() == 2 / 60
    clock.advance(0.001)
    assert throughput.rate() == 1 / 60


def test_a_count_alone_forgets_what_is_old(clock):
    throughput = Throughput(clock, seconds=1.0)
    for _ in range(5):
        throughput.count()
        clock.advance(2.0)
    throughput.count()
    assert throughput.rate() == 1.0


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_a_window_must_have_a_length(clock, seconds):
    with pytest.raises(InputBoundsError, match="a window of"):
        Throughput(clock, seconds=seconds)
