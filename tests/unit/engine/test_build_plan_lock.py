"""The lock tells what changed since somebody committed it."""

import json
from dataclasses import replace

import pytest

from generators.engine.build.plan_lock import (
    lock_bytes,
    lock_difference,
    lock_document,
    parse_lock,
)
from generators.engine.plan.unit_plan import CollectionPlan, PlannedFile, UnitPlan


def _file(path: str, pattern: str = "p@1") -> PlannedFile:
    return PlannedFile(
        path=path,
        role="module",
        template="module.py.j2",
        pattern=pattern,
        stem="a",
        purpose="",
        pointer="A#/x",
        origin="generatefiles",
        module="",
        imports=(),
        traits=(),
    )


def _unit(name: str = "a", **changes: object) -> UnitPlan:
    unit = UnitPlan(
        unit_id=name,
        kind="agent",
        label=name,
        rootpath=f"L9/{name}",
        sequence=1,
        hard=(),
        soft=(),
        files=(_file(f"L9/{name}/x.py"),),
        questions=(),
        blocked_by=(),
        deferred=None,
        manifest=None,
        line_counts={},
    )
    return replace(unit, **changes)


def _plan(*units: UnitPlan, digest: str = "d1") -> CollectionPlan:
    return CollectionPlan(
        collection="c", title="C", version="1.0", units=units, groups=(), digest=digest
    )


def _lock(plan: CollectionPlan, schema: bytes = b"{}") -> dict[str, object]:
    return lock_document(plan, {unit.unit_id: schema for unit in plan.units})


def test_lock_that_is_read_back_equals_the_plan_it_was_made_from() -> None:
    document = _lock(_plan(_unit()))
    assert lock_difference(parse_lock(lock_bytes(document)), document) == ()


def test_lock_has_a_digest_a_state_and_the_pattern_of_each_file() -> None:
    units = _lock(_plan(_unit()))["units"]
    assert isinstance(units, dict)
    assert units["a"]["state"] == "built"
    assert units["a"]["files"] == {"L9/a/x.py": "p@1"}
    assert units["a"]["schema"].startswith("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21f")


def test_line_counts_do_not_count() -> None:
    assert _lock(_plan(_unit(line_counts={"x": 3}))) == _lock(_plan(_unit()))


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (_unit(files=(_file("L9/a/x.py"), _file("L9/a/y.py"))), "+ a L9/a/y.py"),
        (_unit(files=()), "- a L9/a/x.py"),
        (_unit(files=(_file("L9/a/x.py", "p@2"),)), "~ a L9/a/x.py  p@1 -> p@2"),
        (_unit(deferred="later"), "~ a: built -> deferred"),
        (_unit(blocked_by=("why",)), "~ a: built -> stopped"),
        (_unit(hard=("b",)), "~ a: purposes, imports, questions or dependencies"),
    ],
)
def test_each_difference_is_one_line(changed: UnitPlan, line: str) -> None:
    before, after = _lock(_plan(_unit())), _lock(_plan(changed, digest="d2"))
    assert lock_difference(before, after) == (line,)


def test_edited_value_in_a_schema_is_a_difference_though_the_files_are_the_same() -> None:
    before, after = _lock(_plan(_unit()), b"{1}"), _lock(_plan(_unit()), b"{2}")
    assert lock_difference(before, after) == ("~ a: values in its schema",)


def test_units_that_come_and_go_are_named() -> None:
    before, after = _lock(_plan(_unit("a"))), _lock(_plan(_unit("b")))
    assert lock_difference(before, after) == ("- unit a", "+ unit b")


def test_difference_outside_the_units_is_said_in_words() -> None:
    before, after = _lock(_plan(_unit())), _lock(_plan(_unit(), digest="d2"))
    assert lock_difference(before, after) == ("the order or the version of the collection changed",)


@pytest.mark.parametrize("content", [None, b"", b"[]", b"not json"])
def test_lock_that_is_absent_or_unreadable_differs_from_any_plan(content: bytes | None) -> None:
    assert parse_lock(content) == {}
    assert lock_difference({}, _lock(_plan(_unit()))) == ("+ unit a",)


@pytest.mark.parametrize("units", [None, [], {"a": 1}, {"a": {"files": 1}}])
def test_lock_of_a_strange_shape_is_compared_as_far_as_it_goes(units: object) -> None:
    after = _lock(_plan(_unit()))
    assert lock_difference({"units": units}, after)


def test_lock_is_easy_to_compare_line_by_line() -> None:
    text = lock_bytes(_lock(_plan(_unit()))).decode()
    assert text.endswith("}\n")
    assert '      "state": "built",\n' in text
    assert json.loads(text)["collection"] == "c"
