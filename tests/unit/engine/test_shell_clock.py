"""Records carry SOURCE_DATE_EPOCH if it is set, else the clock, in whole seconds of UTC."""

from datetime import UTC, datetime

import pytest

from generators.engine.shell.clock import EpochError, build_time, monotonic


def test_epoch_of_the_environment_wins() -> None:
    assert build_time({"SOURCE_DATE_EPOCH": "86400"}) == datetime(1970, 1, 2, tzinfo=UTC)


def test_without_an_epoch_the_clock_is_read_and_cut_to_seconds() -> None:
    moment = build_time({"SOURCE_DATE_EPOCH": ""}, now=lambda: 59.9)
    assert moment == datetime(1970, 1, 1, 0, 0, 59, tzinfo=UTC)


@pytest.mark.parametrize("text", ["soon", "-1", "1.5", " 1", "\u0661"])
def test_epoch_that_is_no_number_of_seconds_is_refused(text: str) -> None:
    with pytest.raises(EpochError, match="seconds since 1970"):
        build_time({"SOURCE_DATE_EPOCH": text})


def test_durations_never_go_backwards() -> None:
    first = monotonic()
    assert monotonic() >= first
