"""Quantities, notes and times to live as schemas spell them."""

import pytest

from generators.engine.rules.quantities import find_ttl, parse_note, parse_quantity


@pytest.mark.parametrize(
    ("text", "value", "unit", "note"),
    [
        ("100_parallel", 100.0, "parallel", None),
        ("500_Parallel", 500.0, "parallel", None),
        ("5_parallel_training_jobs", 5.0, "parallel", "training_jobs"),
        ("rolling_365_days", 365.0, "days", "rolling"),
        ("Rolling 730 days", 730.0, "days", "rolling"),
        ("90 days", 90.0, "days", None),
        ("1 day", 1.0, "days", None),
        ("1 year", 1.0, "years", None),
        ("6 months", 6.0, "months", None),
        ("2 weeks", 2.0, "weeks", None),
        ("3 years (compliance requirement)", 3.0, "years", "compliance requirement"),
        ("rolling_30_days (weekly)", 30.0, "days", "rolling; weekly"),
        ("250ms", 250.0, "ms", None),
        ("1.5h", 1.5, "hours", None),
        ("8Gi", 8.0, "Gi", None),
        ("512Mi", 512.0, "Mi", None),
        ("5_percent", 5.0, "percent", None),
        ("99.9%", 99.9, "percent", None),
        ("0_95", 0.95, None, None),
        ("0.02", 0.02, None, None),
        ("-3", -3.0, None, None),
        ("4", 4.0, None, None),
        ("€500", 500.0, "eur", None),
        ("500 EUR", 500.0, "eur", None),
    ],
)
def test_numbers_keep_their_unit_and_words(
    text: str, value: float, unit: str | None, note: str | None
) -> None:
    quantity = parse_quantity(text)
    assert (quantity.value, quantity.unit, quantity.note) == (value, unit, note)
    assert quantity.text == text
    assert quantity.problem is None


@pytest.mark.parametrize("text", ["unlimited", "indefinite", "Forever", " infinite "])
def test_words_for_no_bound_are_kept_as_the_note(text: str) -> None:
    quantity = parse_quantity(text)
    assert quantity.value is None
    assert quantity.unit is None
    assert quantity.note == text.strip()
    assert quantity.problem is None


def test_no_bound_with_a_remark_keeps_both() -> None:
    assert parse_quantity("unlimited (auditor)").note == "unlimited; auditor"


def test_null_is_a_quantity_without_anything() -> None:
    quantity = parse_quantity(None)
    assert (quantity.value, quantity.unit, quantity.note, quantity.text) == (None, None, None, "")
    assert quantity.problem is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "`` does not begin with a number"),
        ("soon", "`soon` does not begin with a number"),
        ("90 dayz", "`dayz` is not a unit known here"),
        ("500m", "`m` is not a unit known here"),
        ("1_500", "`1_500` reads as 1500 or as 1.500; write one of them"),
        ("1,500", "`1,500`: write a decimal point, and no separator between thousands"),
        ("1_2_3", "`3` is not a unit known here"),
        ("1.5_5", "`1.5_5` is not a number"),
        ("€5eur", "`€5eur` names two units"),
        ("1e999", "`1e999` is too large"),
        ("9" * 80, "is not a number with a unit"),
        ("90 days) x", "a closing parenthesis without an opening one"),
        ("rolling_window", "`window` does not begin with a number"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, problem: str) -> None:
    quantity = parse_quantity(text)
    assert quantity.value is None
    assert quantity.text == text
    assert quantity.problem is not None
    assert problem in quantity.problem


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("90 days", 90 * 86_400_000.0),
        ("1 year", 365 * 86_400_000.0),
        ("1 month", 30 * 86_400_000.0),
        ("2 weeks", 14 * 86_400_000.0),
        ("5 minutes", 300_000.0),
        ("2s", 2000.0),
        ("1 hr", 3_600_000.0),
        ("250ms", 250.0),
        ("7_percent", 0.07),
        ("0.25 ratio", 0.25),
        ("8Gi", 8.0 * 1024**3),
        ("1Ti", 1024.0**4),
        ("2Mi", 2.0 * 1024**2),
        ("3Ki", 3.0 * 1024),
        ("2MB", 2_000_000.0),
        ("1GB", 1e9),
        ("1TB", 1e12),
        ("1kb", 1000.0),
        ("64 bytes", 64.0),
        ("100_parallel", 100.0),
        ("12", 12.0),
        ("3 times", 3.0),
        ("5 usd", 5.0),
    ],
)
def test_canonical_values_are_in_milliseconds_ratio_or_bytes(text: str, canonical: float) -> None:
    assert parse_quantity(text).canonical == canonical


def test_a_quantity_without_a_value_has_no_canonical_one() -> None:
    assert parse_quantity("unlimited").canonical is None
    assert parse_quantity("90 dayz").canonical is None


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("Cache recent state. TTL=1hr", 1.0, "hours"),
        ("decisions in flight. TTL = 5 minutes.", 5.0, "minutes"),
        ("ttl: 3600 s", 3600.0, "seconds"),
        ("TTL of 2 days", 2.0, "days"),
        ("the TTL is 1.5h", 1.5, "hours"),
        ("TTL 30s", 30.0, "seconds"),
        ("TTL=5m", 5.0, "minutes"),
        ("TTL=1h here, TTL=60min there", 1.0, "hours"),
    ],
)
def test_a_time_to_live_is_found_inside_prose(text: str, value: float, unit: str) -> None:
    ttl = find_ttl(text)
    assert ttl is not None
    assert (ttl.value, ttl.unit, ttl.problem) == (value, unit, None)


@pytest.mark.parametrize("text", ["", "Cache of recent state", "keep the TTL short", "throttle=5"])
def test_prose_without_a_time_to_live_gives_none(text: str) -> None:
    assert find_ttl(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("TTL = as configured", "a time to live without a number"),
        ("TTL=5", "`5` is not a duration"),
        ("TTL=5 percent", "`5 percent` is not a duration"),
        ("TTL=5 foos", "`5 foos` is not a duration"),
        ("TTL=1h, later TTL=2h", "two times to live that differ"),
    ],
)
def test_a_time_to_live_that_cannot_be_read_says_why(text: str, problem: str) -> None:
    ttl = find_ttl(text)
    assert ttl is not None
    assert ttl.value is None
    assert ttl.problem == problem


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("full", "full", None),
        ("full (data prep, hyperparams)", "full", "data prep, hyperparams"),
        ("gated_by_governance (matches > threshold)", "gated_by_governance", "matches > threshold"),
        ("none (auditor doesn't request approval)", "none", "auditor doesn't request approval"),
        (" ForgeOS (future) ", "ForgeOS", "future"),
        ("a (b (c))", "a", "b (c)"),
        ("s3 + glacier", "s3 + glacier", None),
        ("full ()", "full", None),
        ("", "", None),
    ],
)
def test_an_enumeration_word_is_split_from_its_note(
    text: str, value: str, note: str | None
) -> None:
    split = parse_note(text)
    assert (split.value, split.note, split.text, split.problem) == (value, note, text, None)


@pytest.mark.parametrize("text", ["a (b", "a) b", "a (b) c", "(b)", "a (b) (c)"])
def test_a_note_that_is_not_at_the_end_leaves_the_text_whole(text: str) -> None:
    split = parse_note(text)
    assert (split.value, split.note) == (text, None)
    assert split.problem is not None
