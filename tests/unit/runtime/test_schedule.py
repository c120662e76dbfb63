"""Due times of interval and cron schedules."""

import math

import pytest
from agent_runtime.errors import ConfigError
from agent_runtime.schedule import Cron, Interval

HOUR = 3600.0
MIDNIGHT = 1_699_920_000.0  # 2023-11-14 00:00 UTC, a Tuesday


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(0.0, 100.0), (99.9, 100.0), (100.0, 110.0), (109.9, 110.0), (110.0, 120.0), (155.0, 160.0)],
)
def test_an_interval_stays_on_its_grid(moment, expected):
    assert Interval(seconds=10.0).next_after(moment, 100.0) == expected


@pytest.mark.parametrize(
    ("moment", "expected"), [(90.0, 0), (100.0, 0), (109.9, 0), (110.0, 1), (129.0, 2)]
)
def test_an_interval_counts_what_was_missed(moment, expected):
    assert Interval(seconds=10.0).missed(100.0, moment) == expected


def test_an_interval_is_due_first_after_one_interval():
    assert Interval(seconds=168 * HOUR).first_after(5.0) == 5.0 + 168 * HOUR
    assert Interval(seconds=1.5).text == "every 1.5 s"


@pytest.mark.negative
@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf, 10 * 366 * 86_400.0 + 1.0])
def test_an_impossible_interval_is_refused(seconds):
    with pytest.raises(ConfigError, match=r"is not between 0 and ten years$"):
        Interval(seconds=seconds)


def test_ten_years_is_the_longest_interval():
    assert Interval(seconds=10 * 366 * 86_400.0).first_after(0.0) == 10 * 366 * 86_400.0


@pytest.mark.parametrize(
    ("expression", "hours"),
    [
        ("0 3 * * *", 3),
        ("*/30 * * * *", 0.5),
        ("0 0 15 nov *", 24),
        ("0 12 * * thu", 60),
        ("0 6,18 * * 1-5", 6),
        ("0 0 * * *", 24),
    ],
)
def test_cron_is_read_in_utc(expression, hours):
    cron = Cron(expression=expression)
    assert cron.first_after(MIDNIGHT) == MIDNIGHT + hours * HOUR
    assert cron.next_after(MIDNIGHT, 0.0) == MIDNIGHT + hours * HOUR
    assert cron.text == f"cron {expression}"


def test_cron_keeps_a_due_time_that_lies_ahead():
    cron = Cron(expression="0 3 * * *")
    planned = MIDNIGHT + 27 * HOUR
    assert cron.next_after(MIDNIGHT, planned) == planned
    assert cron.next_after(planned, planned) == planned + 24 * HOUR


def test_cron_counts_what_was_missed_up_to_a_thousand():
    cron = Cron(expression="0 * * * *")
    assert cron.missed(MIDNIGHT, MIDNIGHT + HOUR - 1) == 0
    assert cron.missed(MIDNIGHT, MIDNIGHT + HOUR) == 1
    assert cron.missed(MIDNIGHT, MIDNIGHT + 2.5 * HOUR) == 2
    assert cron.missed(MIDNIGHT, MIDNIGHT + 999 * HOUR) == 999
    assert cron.missed(MIDNIGHT, MIDNIGHT + 5000 * HOUR) == 1000


@pytest.mark.negative
@pytest.mark.parametrize(
    "expression",
    ["", "* * * *", "* * * * * *", "R * * * *", "H * * * *", "@daily", "a b c d e", "*\n* * * *"],
)
def test_anything_but_five_plain_fields_is_refused(expression):
    with pytest.raises(ConfigError, match=r"does not have the five fields of cron$"):
        Cron(expression=expression)


@pytest.mark.negative
@pytest.mark.parametrize("expression", ["* * * * 8", "61 * * * *", "0 0 31 2 *", "- * * * *"])
def test_impossible_cron_expressions_are_refused(expression):
    with pytest.raises(ConfigError, match=r"is no cron expression: "):
        Cron(expression=expression)
