"""Comments and layout do not change what code does; everything else does."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generators.engine.build.fingerprints import CodeDigests, code_digest, combine
from generators.engine.shell.stats import StatMemo

BASE = b'"""Doc."""\n\n\ndef f(x: int) -> int:\n    """Add."""\n    return x + 1\n'


@pytest.mark.parametrize(
    "other",
    [
        b"# a comment\n" + BASE,
        BASE.replace(b"\n\n\n", b"\n\n\n\n\n"),
        BASE.replace(b"x + 1", b"(x  +  1)  # why"),
        BASE.replace(b"Add.", b"Add one."),
        BASE.replace(b'"""Doc."""', b'"""Other."""'),
    ],
)
def test_comments_layout_and_docstrings_do_not_count(other: bytes) -> None:
    assert other != BASE
    assert code_digest(other, docstrings=False) == code_digest(BASE, docstrings=False)


@pytest.mark.parametrize(
    "other",
    [
        BASE.replace(b"x + 1", b"x + 2"),
        BASE.replace(b"def f", b"def g"),
        BASE.replace(b"x: int", b"x: float"),
        BASE + b"\nY = 'text'\n",
        BASE.replace(b"return x + 1", b"return x in {1, 2}"),
        BASE.replace(b"return x + 1", b"return x or g()"),
        BASE.replace(b"return x + 1", b"return (lambda: x + 1)()"),
    ],
)
def test_what_code_does_counts(other: bytes) -> None:
    assert code_digest(other, docstrings=False) != code_digest(BASE, docstrings=False)


def test_order_of_a_set_in_memory_does_not_count() -> None:
    source = b"def f(x):\n    return x in {'a', 'b', 'c', 'd', 'e'}\n"
    script = (
        "from generators.engine.build.fingerprints import code_digest\n"
        f"print(code_digest({source!r}, docstrings=False))"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(digests) == 1


def test_warnings_of_the_compiler_are_not_ours() -> None:
    assert code_digest(b"x = 1 is 1\n", docstrings=False)


def test_docstrings_count_where_they_reach_users() -> None:
    other = BASE.replace(b"Add.", b"Add one.")
    assert code_digest(other, docstrings=True) != code_digest(BASE, docstrings=True)
    assert code_digest(b"# x\n" + BASE, docstrings=True) == code_digest(BASE, docstrings=True)


def test_body_that_is_only_a_docstring_equals_pass() -> None:
    only_doc = code_digest(b'class A:\n    """Doc."""\n', docstrings=False)
    assert only_doc == code_digest(b"class A:\n    pass\n", docstrings=False)


def test_first_statement_that_is_no_text_stays() -> None:
    assert code_digest(b"f()\n", docstrings=False) != code_digest(b"pass\n", docstrings=False)


@pytest.mark.parametrize("broken", [b"def (", b"x = '\0'"])
def test_what_is_no_python_counts_byte_for_byte(broken: bytes) -> None:
    assert code_digest(broken, docstrings=False) != code_digest(broken + b" ", docstrings=False)


def test_order_of_names_does_not_change_the_combination() -> None:
    assert combine({"a": "1", "b": "2"}) == combine({"b": "2", "a": "1"})
    assert combine({"a": "1", "b": "2"}) != combine({"a": "2", "b": "1"})
    assert combine(["a", "b"]) != combine(["b", "a"])


def _digests(tmp_path: Path) -> CodeDigests:
    return CodeDigests(StatMemo(), str(tmp_path / "code.json"))


def test_python_files_count_by_code_and_others_by_content(tmp_path: Path) -> None:
    code, text = tmp_path / "a.py", tmp_path / "a.j2"
    code.write_bytes(BASE)
    text.write_bytes(b"x")
    before = _digests(tmp_path).of_files([str(code), str(text)])
    code.write_bytes(b"# c\n" + BASE)
    assert _digests(tmp_path).of_files([str(code), str(text)]) == before
    text.write_bytes(b"x ")
    assert _digests(tmp_path).of_files([str(code), str(text)]) != before


def test_file_that_moves_changes_the_digest(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(BASE)
    (tmp_path / "b.py").write_bytes(BASE)
    digests = _digests(tmp_path)
    assert digests.of_files([str(tmp_path / "a.py")]) != digests.of_files([str(tmp_path / "b.py")])


def test_digests_are_remembered_and_the_unused_forgotten(tmp_path: Path) -> None:
    code = tmp_path / "a.py"
    code.write_bytes(BASE)
    old = time.time_ns() - 10**10
    os.utime(code, ns=(old, old))
    first = _digests(tmp_path)
    expected = first.of_files([str(code)])
    first.save()
    stored = json.loads((tmp_path / "code.json").read_bytes())
    assert len(stored["code"]) == 1
    (tmp_path / "code.json").write_bytes(
        json.dumps({**stored, "code": {next(iter(stored["code"])): "known"}}).encode()
    )
    assert _digests(tmp_path).of_files([str(code)]) == combine({str(code): "known"}) != expected
    empty = _digests(tmp_path)
    empty.save()
    assert json.loads((tmp_path / "code.json").read_bytes())["code"] == {}


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"no", b'{"version": 3}'])
def test_damaged_memory_is_forgotten(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "code.json").write_bytes(content)
    (tmp_path / "a.py").write_bytes(BASE)
    path = str(tmp_path / "a.py")
    assert _digests(tmp_path).of_files([path]) == combine(
        {path: code_digest(BASE, docstrings=False)}
    )
