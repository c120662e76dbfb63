"""Contracts, the lock of accepted answers, and what an extractor's file may not hold."""

from dataclasses import replace

import pytest

from generators.engine.build.answer_command import answer_problems, manual_entry
from generators.engine.extract.contract import Contract
from generators.engine.extract.lock import (
    LockError,
    answer_of,
    parse_lock,
    prompt_digest,
    render_lock,
    with_entry,
)
from generators.engine.gates.extracted_code import refused
from generators.engine.gates.source import read_source
from generators.engine.model.bindings import BoundFunction, Example, LinkedName, ValueSpec

NUMBER = ValueSpec(
    name="value", kind="number", description="", unit="", low=0, high=9, longest=None, choices=()
)
FUNCTION = BoundFunction(
    name="double",
    target=LinkedName(module="L9.a.maths_extracted", name="double"),
    purpose="Double a number",
    arguments=(NUMBER,),
    returns=replace(NUMBER, name="result"),
    raises={},
    examples=(Example(given={"value": 2}, returns=4, raises=""),),
    pointer="/modules/maths.py/functions/double",
)
CONTRACT = Contract(
    agent="a",
    asked="L9/a/maths.py",
    path="L9/a/maths_extracted.py",
    functions=(FUNCTION,),
    pointer="/modules/maths.py",
)
ANSWER = '"""Double."""\n\n\ndef double(value: float) -> float:\n    return 2 * value\n'
ENTRY = manual_entry(CONTRACT, ANSWER, author="a person", version="1.0.0")
OTHER = manual_entry(replace(CONTRACT, agent="b"), ANSWER, author="", version="1.0.0")


def test_a_lock_holds_sorted_lines_and_gives_back_its_entries() -> None:
    content = render_lock((OTHER, ENTRY))
    assert parse_lock(content, file="x") == (ENTRY, OTHER)
    assert content.count(b"\n") == 2
    assert content == render_lock(parse_lock(content, file="x"))
    assert parse_lock(None, file="x") == ()


def test_an_entry_answers_exactly_its_contract() -> None:
    assert answer_of(CONTRACT, (OTHER, ENTRY)) == ENTRY
    changed = replace(FUNCTION, examples=(replace(FUNCTION.examples[0], returns=5),))
    assert answer_of(replace(CONTRACT, functions=(changed,)), (OTHER, ENTRY)) is None
    moved = replace(CONTRACT, functions=(replace(FUNCTION, pointer="/elsewhere"),))
    assert answer_of(moved, (ENTRY,)) == ENTRY


def test_a_new_answer_takes_the_place_of_the_old_one_alone() -> None:
    newer = manual_entry(CONTRACT, ANSWER + "\n", author="another", version="1.0.0")
    assert with_entry((ENTRY, OTHER), newer) == (OTHER, newer)
    assert newer.entry != ENTRY.entry
    assert prompt_digest("a") != prompt_digest("b")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"2 * value", b"3 * value", "changed after it was accepted"),
        (b'"manual"', b'"oracle"', "changed after it was accepted"),
        (b'{"agent"', b'{ "agent"', "changed after it was accepted"),
        (b'"price":0.0', b'"price":"dear"', "no entry"),
        (b'{"agent":"a"', b"agent", "no entry"),
    ],
)
def test_a_line_that_was_touched_is_refused_with_its_place(
    old: bytes, new: bytes, said: str
) -> None:
    content = render_lock((ENTRY, OTHER))
    assert old in content
    with pytest.raises(LockError, match=rf"^x:1: .*{said}"):
        parse_lock(content.replace(old, new, 1), file="x")


def test_lines_out_of_order_or_twice_are_refused() -> None:
    first, second = render_lock((ENTRY, OTHER)).splitlines(keepends=True)
    for content in (second + first, first + first):
        with pytest.raises(LockError, match=r"^x:2: entries are sorted"):
            parse_lock(content, file="x")


def test_a_good_answer_has_no_problem() -> None:
    assert answer_problems(CONTRACT, ANSWER.encode()) == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff", "no text in UTF-8"),
        (b"x = 1\n", "defines no function double"),
        (f"Sure!\n```python\n{ANSWER}```\n".encode(), "leave the fences of Markdown away"),
        (ANSWER[:-12].encode() + b"(", "cannot be parsed"),
        (b"#" * 100_001, "100001 bytes are more"),
        (b"import os\n" + ANSWER.encode(), "`os` is outside of what an extractor may import"),
    ],
)
def test_an_answer_that_cannot_be_locked_says_why(content: bytes, said: str) -> None:
    assert any(said in problem for problem in answer_problems(CONTRACT, content))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import socket\n", "`socket` is outside"),
        ("from urllib import request\n", "`urllib` is outside"),
        ("from . import other\n", "`.` is outside"),
        ("x = open('/etc/passwd')\n", "`open` may not be used"),
        ("f = __builtins__\n", "`__builtins__` may not be used"),
        ("x = ().__class__\n", "`.__class__` reaches into an object"),
        ("import re\nx = re._compiler\n", "`._compiler` reaches into an object"),
        ("class A:\n    def __del__(self) -> None: ...\n", "`__del__` may not be defined"),
        ("def f() -> None:\n    global X\n    X = 1\n", "leave nothing behind"),
        ("x = '{0.__class__}'\n", "a text with `__`"),
    ],
)
def test_a_way_out_is_refused(text: str, said: str) -> None:
    assert any(said in p.message for p in refused(read_source("x.py", text, None)))


def test_private_attributes_of_an_own_object_are_its_business() -> None:
    text = "class A:\n    def __init__(self) -> None:\n        self._x = 1\n"
    assert list(refused(read_source("x.py", text, None))) == []
