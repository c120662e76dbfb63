"""Formatted text is black's, whatever ruff thinks; results are kept by content."""

from pathlib import Path

import black
import pytest

from generators.engine.build import formatting
from generators.engine.build.formatting import FormattedFiles, format_files, tidy

UGLY = b"def f( x:int )->str:\n  return 'a'\n"
NEAT = b'def f(x: int) -> str:\n    return "a"\n'


def _format(tmp_path: Path, files: dict[str, bytes]) -> FormattedFiles:
    return format_files(files, cache=str(tmp_path / "cache"))


def test_python_is_formatted_and_order_is_kept(tmp_path: Path) -> None:
    done = _format(tmp_path, {"b.md": b"# T  \n\n\n", "a/x.py": UGLY, "a/y.py": NEAT})
    assert done.contents == {"b.md": b"# T\n", "a/x.py": NEAT, "a/y.py": NEAT}
    assert list(done.contents) == ["b.md", "a/x.py", "a/y.py"]
    assert done.broken == {}


def test_black_would_change_nothing(tmp_path: Path) -> None:
    source = b"x = {  'a':1, 'b': [1,\n 2], }\nif (x) :\n    y = not(x)\nz = " + b"1+" * 80 + b"1\n"
    done = _format(tmp_path, {"x.py": source})
    text = done.contents["x.py"].decode()
    with pytest.raises(black.NothingChanged):
        black.format_file_contents(text, fast=False, mode=black.Mode(line_length=100))


def test_what_is_no_python_is_left_as_it_is_and_named(tmp_path: Path) -> None:
    done = _format(tmp_path, {"bad.py": b"def (\n", "good.py": UGLY})
    assert done.contents["bad.py"] == b"def (\n"
    assert done.contents["good.py"] == NEAT
    assert list(done.broken) == ["bad.py"]
    assert "cannot parse" in done.broken["bad.py"]


def test_second_run_takes_results_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _format(tmp_path, {"x.py": UGLY})

    def refuse(*_: object, **__: object) -> str:
        raise AssertionError("formatted again")

    monkeypatch.setattr(formatting, "format_str", refuse)
    monkeypatch.setattr(formatting, "run_process", refuse)
    assert _format(tmp_path, {"other/name.py": UGLY}).contents == {
        "other/name.py": first.contents["x.py"]
    }


def test_broken_file_is_not_kept(tmp_path: Path) -> None:
    _format(tmp_path, {"bad.py": b"def (\n"})
    assert not (tmp_path / "cache" / "format").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [(b"", b""), (b"\n\n", b""), (b"a", b"a\n"), (b"a \n\nb\t\n\n", b"a\n\nb\n")],
)
def test_texts_end_in_one_newline_and_have_no_trailing_blanks(text: bytes, expected: bytes) -> None:
    assert tidy(text) == expected
