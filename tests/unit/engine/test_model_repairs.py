"""Repairs are minimal, proven, and made only where a text has one reading."""

import pytest

from generators.engine.model.load import known_sections
from generators.engine.model.repairs import propose_repairs
from generators.engine.sources.edits import Edit
from generators.engine.sources.repair import is_proven
from tests.unit.engine.collection_builder import AGENT_SCHEMA

KNOWN = known_sections(AGENT_SCHEMA)
HEAD = "# Agents\r\n\r\n- one\r\n\r\n  ```yaml\r\n"
LINES = [
    "system: S  # kept",
    "module: m",
    "name: N",
    "role: Does: things",
    "rootpath: L9/n",
    "governence:",
    "  mode: hybrid",
    "  escalationpolicy: >60",
    "metadata: {owner: I}",
    "module: m",
]
TEXT = HEAD + "".join(f"  {line}\r\n" for line in LINES) + "  ```\r\ntail\r\n"


def test_a_file_keeps_comments_layout_and_line_ends() -> None:
    (repair,) = propose_repairs({"a.md": TEXT.encode()}, AGENT_SCHEMA)
    expected = (
        TEXT.replace("role: Does: things", 'role: "Does: things"')
        .replace(">60", '">60"')
        .replace("governence", "governance")
        .replace("metadata: {owner: I}\r\n  module: m\r\n", "metadata: {owner: I}\r\n")
    )
    assert repair.repaired == expected
    assert propose_repairs({"a.md": repair.repaired.encode()}, AGENT_SCHEMA) == ()


def test_the_difference_is_a_unified_diff_of_the_lines_alone() -> None:
    (repair,) = propose_repairs({"a.md": TEXT.encode()}, AGENT_SCHEMA)
    changed = [line for line in repair.diff.splitlines() if line[:1] in "+-"]
    assert changed[:2] == ["--- a/a.md", "+++ b/a.md"]
    assert len(changed) == 2 + 3 + 3 + 1


def test_a_key_is_respelt_only_if_the_right_one_is_free_and_the_slip_is_sure() -> None:
    text = "system: S\nmodule: m\nname: N\nrole: r\nrootpath: L9/n\n"
    assert propose_repairs({"a.yaml": (text + "gov: {}\n").encode()}, AGENT_SCHEMA) == ()
    both = text + "governance: {}\ngovernence: {}\n"
    assert propose_repairs({"a.yaml": both.encode()}, AGENT_SCHEMA) == ()


@pytest.mark.parametrize(
    ("after", "proven"),
    [('a: "b: c"', True), ('a: "b: c"\nx: 1', False), ("d: 1", False), ("a: b: c", False)],
)
def test_the_proof_refuses_edits_that_reach_further(after: str, *, proven: bool) -> None:
    text = "system: S\nname: N\nrootpath: L9/n\na: b: c\nd: {e: 1}\n"
    edit = Edit(file="x.yaml", line=4, before="a: b: c", after=after, reason="SR012 quote")
    assert is_proven("x.yaml", text, [edit], KNOWN) is proven
