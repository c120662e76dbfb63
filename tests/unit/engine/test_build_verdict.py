"""The rule by which a unit passes: each part of it, at its boundary."""

import pytest

from generators.engine.build.verdict import Floors, Verdict, explain, judge

FLOORS = Floors(coverage=0.95)


def _records(**changes: dict[str, object]) -> dict[str, dict[str, object]]:
    records: dict[str, dict[str, object]] = {
        "lint": {"passed": True},
        "gate": {"passed": True},
        "typecheck": {"passed": True},
        "test": {"passed": True, "totals": {"coverage": 1.0}},
    }
    for check, value in changes.items():
        records[check] = dict(value)
    return records


def _judge(
    records: dict[str, dict[str, object]] | None = None,
    needed: dict[str, dict[str, object]] | None = None,
    broken: dict[str, str] | None = None,
) -> Verdict:
    return judge("u", records or _records(), needed or {}, FLOORS, broken=broken or {})


def test_unit_whose_records_all_say_so_passes() -> None:
    verdict = _judge()
    assert verdict == Verdict(
        unit="u",
        passed=True,
        checks={"lint": True, "gate": True, "typecheck": True, "test": True},
        reasons=(),
    )


@pytest.mark.parametrize("check", ["lint", "gate", "typecheck", "test"])
def test_each_check_is_needed(check: str) -> None:
    verdict = _judge(_records(**{check: {"passed": False}}))
    assert not verdict.passed
    assert verdict.checks[check] is False
    assert verdict.reasons == (f"{check}: its record does not say that it passed",)


@pytest.mark.parametrize("value", [None, 1, "true", 0])
def test_only_true_is_passed(value: object) -> None:
    assert not _judge(_records(lint={"passed": value})).passed


def test_missing_record_does_not_pass() -> None:
    assert _judge(_records(gate={})).reasons == ("gate: there is no record",)


def test_complaints_of_tools_and_gates_are_given_with_their_place() -> None:
    lint = {
        "passed": False,
        "violations": [{"path": "a.py", "line": 3, "code": "E501", "message": "too long"}],
    }
    gate = {
        "passed": False,
        "findings": [{"file": "b.py", "line": 1, "code": "GT001", "message": "a TODO"}],
    }
    assert _judge(_records(lint=lint, gate=gate)).reasons == (
        "lint: a.py:3 E501 too long",
        "gate: b.py:1 GT001 a TODO",
    )


def test_tests_that_did_not_pass_are_named_with_the_last_line_of_their_message() -> None:
    record = {
        "passed": False,
        "totals": {"coverage": 1.0},
        "errors": [{"path": "c.py", "message": "Traceback\nImportError: x"}],
        "tests": [
            {"path": "t.py", "name": "a", "outcome": "passed", "message": ""},
            {
                "path": "t.py",
                "name": "b",
                "outcome": "failed",
                "message": "x\nE   assert 1 == 2\nE   +  where\nt.py:3: AssertionError\n",
            },
            {"path": "t.py", "name": "c", "outcome": "skipped", "message": ""},
        ],
    }
    assert _judge(_records(test=record)).reasons == (
        "test: c.py: ImportError: x",
        "test: t.py::b failed: assert 1 == 2",
        "test: t.py::c skipped: no message",
    )


@pytest.mark.parametrize(("share", "passes"), [(0.95, True), (0.9499, False), (1.0, True)])
def test_coverage_must_reach_the_floor(share: float, passes: bool) -> None:
    verdict = _judge(_records(test={"passed": True, "totals": {"coverage": share}}))
    assert verdict.passed is passes
    if not passes:
        assert verdict.reasons == ("test: coverage 94.99% is below the floor of 95.00%",)


def test_unit_is_blocked_by_what_it_is_built_on() -> None:
    verdict = _judge(needed={"b": {"passed": False}, "a": {}, "c": {"passed": True}})
    assert verdict.reasons == (
        "blocked by a, which did not pass",
        "blocked by b, which did not pass",
    )


def test_file_that_is_not_python_is_named_first() -> None:
    verdict = _judge(broken={"x.py": "Cannot parse"})
    assert verdict.reasons == ("x.py is not Python: Cannot parse",)


def test_record_with_unknown_parts_is_explained_as_far_as_it_goes() -> None:
    assert explain("lint", {"passed": False, "violations": "many"}) == [
        "lint: its record does not say that it passed"
    ]
