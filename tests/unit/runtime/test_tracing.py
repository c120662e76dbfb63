"""Trace ids: what is accepted from callers and how they travel."""

import threading
import uuid

import pytest
from agent_runtime.tracing import accepted_trace_id, bind_trace, current_trace_id, new_trace_id

UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
PARENT = "00-3f2504e04f8941d39a0c0305e82c3301-00f067aa0ba902b7-01"


def test_new_ids_are_random_uuids():
    first, second = new_trace_id(), new_trace_id()
    assert first != second
    assert uuid.UUID(first).version == 4
    assert str(uuid.UUID(first)) == first


def test_binding_nests_and_ends_even_after_an_error():
    def fail():
        with bind_trace("b"):
            assert current_trace_id() == "b"
            raise ValueError("inner")

    assert current_trace_id() == ""
    with bind_trace("a") as bound:
        assert bound == current_trace_id() == "a"
        with pytest.raises(ValueError, match=r"^inner$"):
            fail()
        assert current_trace_id() == "a"
    assert current_trace_id() == ""


def test_another_thread_does_not_inherit_the_binding():
    seen = []
    with bind_trace("a"):
        thread = threading.Thread(target=lambda: seen.append(current_trace_id()))
        thread.start()
        thread.join()
    assert seen == [""]


@pytest.mark.parametrize(
    ("header", "parent", "expected"),
    [
        (UUID, "", UUID),
        (f" {UUID.upper()} ", "", UUID),
        ("", PARENT, UUID),
        ("nonsense", f" {PARENT} ", UUID),
        ("11111111-1111-4111-8111-111111111111", PARENT, "11111111-1111-4111-8111-111111111111"),
        ("", "", None),
        (UUID + "\n{}", "", None),
        (UUID[:-1], "", None),
        ("", "01" + PARENT[2:], None),
        ("", PARENT + "-extra", None),
        ("00000000-0000-0000-0000-000000000000", "", None),
        ("", f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
    ],
)
def test_only_well_formed_ids_are_accepted(header, parent, expected):
    assert accepted_trace_id(header, parent) == expected
