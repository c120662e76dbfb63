"""YAML is read with places, and what is dangerous or ambiguous is refused with a repair."""

import pytest

from generators.engine.findings import Place
from generators.engine.sources import yaml_reader
from generators.engine.sources.nodes import Map, Scalar, Seq, is_null
from generators.engine.sources.yaml_reader import read_yaml


def only_map(text: str) -> Map:
    documents, findings = read_yaml(text, file="x.yaml")
    assert findings == ()
    assert len(documents) == 1
    assert isinstance(documents[0], Map)
    return documents[0]


def refusal(text: str) -> tuple[str, int, int]:
    _, findings = read_yaml(text, file="x.yaml")
    assert len(findings) == 1
    assert findings[0].repair
    return findings[0].code, findings[0].place.line, findings[0].place.column


def test_values_know_their_place_and_keep_their_text() -> None:
    document = only_map('version: 6.0\ndate: 2025-12-12\non: "no"\n')
    version, date, quoted = (entry.value for entry in document.entries)
    assert version == Scalar(text="6.0", plain=True, place=Place(file="x.yaml", line=1, column=10))
    assert isinstance(date, Scalar)
    assert (date.text, date.plain) == ("2025-12-12", True)
    assert isinstance(quoted, Scalar)
    assert (quoted.text, quoted.plain) == ("no", False)
    assert [entry.key for entry in document.entries] == ["version", "date", "on"]


def test_places_count_from_the_file_not_from_the_fence() -> None:
    documents, _ = read_yaml("a: b\n", file="x.md", line_offset=10, column_offset=2)
    assert isinstance(documents[0], Map)
    assert str(documents[0].entries[0].value.place) == "x.md:11:6"


def test_trailing_comments_are_kept_and_other_comments_are_not() -> None:
    document = only_map("# head\nfiles:\n  - a.py   # first file\n  # alone\n  - 'b.py' # second\n")
    files = document.get("files")
    assert isinstance(files, Seq)
    assert [item.comment for item in files if isinstance(item, Scalar)] == ["first file", "second"]


def test_a_hash_inside_a_value_is_no_comment() -> None:
    value = only_map("a: x#y\n").get("a")
    assert isinstance(value, Scalar)
    assert (value.text, value.comment) == ("x#y", None)


def test_nulls_are_recognised_only_when_plain() -> None:
    document = only_map('a: null\nb: ~\nc:\nd: "null"\n')
    assert [is_null(entry.value) for entry in document.entries] == [True, True, True, False]


def test_an_unquoted_colon_is_explained_in_plain_words() -> None:
    code, line, column = refusal("purpose: All interactions: logs, packets\n")
    assert (code, line, column) == ("SR012", 1, 26)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x 1\nb: 2\n", ("SR003", 1, 4)),
        ("a: 1\nb: *x\n", ("SR003", 2, 4)),
        ("a: !!python/object:os.system x\n", ("SR004", 1, 4)),
        ("? [a, b]\n: c\n", ("SR006", 1, 3)),
        ("a:\n\t- b\n", ("SR013", 2, 1)),
        ("a: [1, 2\n", ("SR027", 1, 4)),
        ("a: \x01\n", ("SR011", 1, 1)),
        ("a: 1\nb: 2\na: 3\n", ("SR007", 3, 1)),
    ],
)
def test_dangerous_or_ambiguous_yaml_is_refused(text: str, expected: tuple[str, int, int]) -> None:
    assert refusal(text) == expected


def test_of_two_equal_keys_the_first_stands_and_both_lines_are_named() -> None:
    documents, findings = read_yaml("a: 1\na: 2\n", file="x.yaml")
    assert isinstance(documents[0], Map)
    value = documents[0].get("a")
    assert isinstance(value, Scalar)
    assert value.text == "1"
    assert "line 1" in findings[0].message


def test_ten_thousand_levels_are_refused_without_recursion() -> None:
    code, _, column = refusal("[" * 10_000 + "]" * 10_000)
    assert (code, column) == ("SR005", yaml_reader.MAX_DEPTH + 1)


def test_nesting_up_to_the_limit_is_read() -> None:
    depth = yaml_reader.MAX_DEPTH
    documents, findings = read_yaml("[" * depth + "]" * depth, file="x.yaml")
    assert findings == ()
    assert len(documents) == 1


def test_huge_texts_and_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reader, "MAX_BYTES", 10)
    assert refusal("a: 12345678\n")[0] == "SR002"
    monkeypatch.setattr(yaml_reader, "MAX_BYTES", 1000)
    monkeypatch.setattr(yaml_reader, "MAX_NODES", 3)
    assert refusal("[1, 2, 3]\n")[0] == "SR002"
    monkeypatch.setattr(yaml_reader, "MAX_NODES", 1000)
    monkeypatch.setattr(yaml_reader, "MAX_DOCUMENTS", 2)
    assert refusal("a: 1\n---\nb: 2\n---\nc: 3\n")[:2] == ("SR002", 5)


def test_documents_before_a_mistake_are_kept() -> None:
    documents, findings = read_yaml("a: 1\n---\nb: [\n", file="x.yaml")
    assert len(documents) == 1
    assert [finding.code for finding in findings] == ["SR010"]
