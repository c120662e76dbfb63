"""What an installation writes, removes, and refuses to touch."""

import pytest

from generators.engine.build.installing import plan_install


def test_file_that_is_missing_is_written() -> None:
    plan = plan_install({"a": "1"}, {}, {})
    assert (plan.write, plan.remove, plan.edited) == (("a",), (), ())


def test_file_that_is_right_is_left_alone() -> None:
    plan = plan_install({"a": "1"}, {"a": "1"}, {"a": "1"})
    assert (plan.write, plan.remove, plan.edited) == ((), (), ())


def test_file_as_we_left_it_is_overwritten() -> None:
    plan = plan_install({"a": "2"}, {"a": "1"}, {"a": "1"})
    assert (plan.write, plan.edited) == (("a",), ())


def test_file_edited_since_is_never_overwritten() -> None:
    plan = plan_install({"a": "2"}, {"a": "1"}, {"a": "hand"})
    assert (plan.write, plan.edited) == ((), ("a",))


def test_file_edited_since_is_drift_also_when_we_have_nothing_new() -> None:
    plan = plan_install({"a": "1"}, {"a": "1"}, {"a": "hand"})
    assert (plan.write, plan.edited) == ((), ("a",))


def test_file_in_the_way_that_was_never_ours_is_not_overwritten() -> None:
    plan = plan_install({"a": "1"}, {}, {"a": "foreign"})
    assert (plan.write, plan.edited) == ((), ("a",))


def test_edit_that_equals_the_new_content_is_no_drift() -> None:
    plan = plan_install({"a": "2"}, {"a": "1"}, {"a": "2"})
    assert (plan.write, plan.edited) == ((), ())


def test_file_we_do_not_make_any_more_is_removed_if_still_ours() -> None:
    plan = plan_install({}, {"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "hand"})
    assert (plan.remove, plan.edited) == (("a",), ("b",))


@pytest.mark.parametrize("now", ["", "lines of a running agent"])
def test_log_is_made_once_and_then_left_to_the_agent(now: str) -> None:
    volatile = frozenset({"log"})
    assert plan_install({"log": "1"}, {}, {}, volatile=volatile).write == ("log",)
    later = plan_install({"log": "1"}, {}, {"log": now}, volatile=volatile)
    assert (later.write, later.edited) == ((), ())


def test_log_of_an_agent_that_is_gone_is_not_called_an_edit() -> None:
    plan = plan_install({}, {"log": "1"}, {"log": "lines"}, volatile=frozenset({"log"}))
    assert (plan.remove, plan.edited) == ((), ())
