"""Texts that are made to be slow or large: each ends within limits, with a finding that says so.

The limits count (bytes, values, documents, characters parsed), so that the same file always has
the same findings; the tests count work where they can, and are generous with seconds elsewhere.
"""

import time

import pytest

from generators.engine.model.load import load_model
from generators.engine.sources import recovery, text
from generators.engine.sources.file_reader import MAX_BLOCKS, read_file
from generators.engine.sources.origin import Origin
from generators.engine.sources.recovery import read_to_end
from tests.unit.engine.collection_builder import AGENT_SCHEMA, COLLECTION_SCHEMA

HEAD = "system: S\nmodule: m\nname: N\nrole: r\nrootpath: L9/n\n"
SLOW = {
    "one mistake a line": HEAD + "x: a: b\n" * 60_000,
    "one tag a line": HEAD + "".join(f"k{i}: !t b\n" for i in range(30_000)),
    "many keys": HEAD + "".join(f"k{i}: b\n" for i in range(12_000)),
    "many unknown keys": HEAD + "governance:\n" + "".join(f"  k{i}: b\n" for i in range(12_000)),
    "a long list": HEAD + "x: [" + "a," * 24_000 + "a]\n",
    "tabs": HEAD + "\ta: b\n" * 40_000,
    "fences that do not close": "```yaml\n" * 100_000,
    "many small agents": "".join(f"---\n{HEAD}" for _ in range(499)),
    "paragraphs of prose": "word word\n\n" * 80_000 + HEAD,
    "white space before a comment": HEAD + "x: " + " " * 400_000 + "#\n",
    "white space before a colon": HEAD + "x: a" + " " * 400_000 + "b: c\n",
    "colons": HEAD + "x: " + "a: " * 150_000 + "\n",
    "quotes": HEAD + "x: '" + "a''" * 150_000 + "b' c\n",
    "an open policy": HEAD + "governance:\n  escalationpolicy: " + "(" * 200_000 + "\n",
    "a long policy": HEAD + "governance:\n  escalationpolicy: " + "a > 1 AND " * 40_000 + "\n",
    "a long number": HEAD
    + "learningsystem: {autonomyprofile: {tasklimit: "
    + "1_" * 200_000
    + "}}",
    "directions": HEAD + "x: " + "\u202e" * 150_000 + "\n",
    "hashes of a heading": "# a" + " #" * 400_000 + "b\n```yaml\n" + HEAD + "```\n",
    "references": "# A\n" + "[Use the X.yaml you created]\n" * 20_000,
    "endpoints": HEAD + "deployment: {endpoints: [" + "GET /a," * 20_000 + "]}\n",
    "files": HEAD + "cursorinstructions: {generatefiles: [" + "a.py," * 20_000 + "]}\n",
}


@pytest.mark.parametrize("case", SLOW)
def test_no_text_takes_long(case: str) -> None:
    name = "x.md" if "```" in SLOW[case] else "x.yaml"
    started = time.process_time()
    model = load_model(
        "x",
        {name: SLOW[case].encode()},
        agent_schema=AGENT_SCHEMA,
        collection_schema=COLLECTION_SCHEMA,
        answers={},
    )
    assert time.process_time() - started < 8  # 1.2 s at most on a machine of its own
    assert len(model.agents) <= 1


def test_a_file_above_the_limit_is_not_looked_at() -> None:
    file = read_file("big.yaml", b"a: b\n" * (text.MAX_BYTES // 5 + 1), frozenset())
    (finding,) = file.findings
    assert (finding.code, file.documents) == ("SR002", [])
    assert "the files of a folder are one collection" in finding.repair


def test_invisible_characters_are_listed_up_to_a_number() -> None:
    _, findings = text.decode("x", ("\u202e" * 1_000).encode())
    assert len(findings) == text.MAX_COMPLAINTS
    assert {finding.code for finding in findings} == {"SR011"}


def test_blocks_of_a_file_are_read_up_to_a_number() -> None:
    block = "```yaml\na: b\n```\n"
    file = read_file("x.md", (block * (MAX_BLOCKS + 2)).encode(), frozenset())
    (finding,) = [f for f in file.findings if f.code == "SR002"]
    assert len(file.documents) == MAX_BLOCKS
    assert finding.place.line == 3 * MAX_BLOCKS + 1


def test_a_long_text_is_read_again_only_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "".join(f"k{number}: a: b\n" for number in range(60))
    assert len(read_to_end(lines, Origin(file="x")).findings) == recovery.MAX_MISTAKES
    monkeypatch.setattr(recovery, "_MOST_WORK", 3 * len(lines))
    assert len(read_to_end(lines, Origin(file="x")).findings) == 4
