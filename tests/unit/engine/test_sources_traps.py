"""Every YAML trap is explained at its place, and repaired where it has one reading."""

import pytest

from generators.engine.sources.edits import apply_edits
from generators.engine.sources.origin import Origin
from generators.engine.sources.recovery import Reading, read_to_end
from generators.engine.sources.text import decode


def read(text: str) -> Reading:
    return read_to_end(text, Origin(file="x.yaml"))


@pytest.mark.parametrize(
    ("text", "place", "repaired"),
    [
        ("a: b: c\n", ("SR012", 1, 5), 'a: "b: c"\n'),
        ("a: b: c  # why\n", ("SR012", 1, 5), 'a: "b: c"  # why\n'),
        ('a: b: "c"\n', ("SR012", 1, 5), "a: 'b: \"c\"'\n"),
        ("a: b: c\n  and more\nd: 1\n", ("SR012", 1, 5), 'a: "b: c\n  and more"\nd: 1\n'),
        ("l:\n  - one\n  - x: y: z\n", ("SR012", 3, 9), 'l:\n  - one\n  - "x: y: z"\n'),
        ("l:\n  - k: 1\n  - x: y: z\n", ("SR012", 3, 9), 'l:\n  - k: 1\n  - x: "y: z"\n'),
        ("v: >= 6.0\nb: 1\n", ("SR018", 1, 4), 'v: ">= 6.0"\nb: 1\n'),
        ("v: >60\n", ("SR018", 1, 4), 'v: ">60"\n'),
        ("v: >6\nb: 1\n", ("SR018", 1, 4), 'v: ">6"\nb: 1\n'),
        ("l:\n  - > 0.7\n", ("SR018", 2, 5), 'l:\n  - "> 0.7"\n'),
        ("v: |x\n", ("SR018", 1, 4), 'v: "|x"\n'),
        ("l:\n  - [module_1].py\n", ("SR019", 2, 5), 'l:\n  - "[module_1].py"\n'),
        ("v: {agent}.py\n", ("SR019", 1, 4), 'v: "{agent}.py"\n'),
        ("v: @igor\n", ("SR021", 1, 4), 'v: "@igor"\n'),
        ("v: `x`\n", ("SR021", 1, 4), 'v: "`x`"\n'),
        ("l:\n  - *.py\n", ("SR021", 2, 5), 'l:\n  - "*.py"\n'),
        ("v: & more\n", ("SR021", 1, 4), 'v: "& more"\n'),
        ("a: 'it's x'\n", ("SR022", 1, 8), "a: 'it''s x'\n"),
        ('a: "\\d+"\n', ("SR023", 1, 5), "a: '\\d+'\n"),
        ("a:\n  b:1\n  c: 2\n", ("SR024", 2, 4), "a:\n  b: 1\n  c: 2\n"),
        ("governance\n  a: 1\n", ("SR024", 1, 11), "governance:\n  a: 1\n"),
        ("a:\n\tb: 1\n", ("SR013", 2, 1), "a:\n  b: 1\n"),
        ("a:\n  b: 1\n\tc: 2\n", ("SR013", 3, 1), "a:\n  b: 1\n  c: 2\n"),
        ("a: 1\nb: 2\na: 1\n", ("SR007", 3, 1), "a: 1\nb: 2\n"),
    ],
)
def test_a_mistake_with_one_reading_is_placed_and_repaired(
    text: str, place: tuple[str, int, int], repaired: str
) -> None:
    reading = read(text)
    found = [(f.code, f.place.line, f.place.column) for f in reading.findings]
    assert found == [place]
    assert apply_edits(text, reading.edits) == repaired
    assert read(repaired).findings == ()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: text\n  k: v\nb: 1\n", ("SR017", 2, 3)),
        ("a: b: c\n  k: v\n", ("SR012", 1, 5)),
        ('a: "x\nb: 1\n', ("SR022", 1, 4)),
        ('a: "x" y\n', ("SR022", 1, 8)),
        ("a:\n   b: 1\n  c: 2\n", ("SR025", 3, 3)),
        ("a:\n  b: 1\n  ...\nc: 2\n", ("SR026", 3, 3)),
        ("a: 1\n...\nb: 2\n", ("SR026", 2, 1)),
        ("a: [x, y\nb: 1\n", ("SR027", 1, 4)),
        ("a: - x\n", ("SR028", 1, 4)),
        ("a:\n  - x\n    - y\n", ("SR029", 3, 5)),
        ("x: 1\ngovernance\ny: 2\n", ("SR024", 2, 1)),
        ("a: 1\nb: 2\na: 3\n", ("SR007", 3, 1)),
        ("a: &x 1\n", ("SR003", 1, 4)),
        ("a: !!python/object:os.system x\n", ("SR004", 1, 4)),
        ("v: {{ x }}\n", ("SR006", 1, 5)),
    ],
)
def test_a_mistake_with_several_readings_is_placed_but_not_repaired(
    text: str, place: tuple[str, int, int]
) -> None:
    reading = read(text)
    assert [(f.code, f.place.line, f.place.column) for f in reading.findings][:1] == [place]
    assert reading.edits == ()


def test_all_mistakes_of_a_text_are_found_at_once() -> None:
    reading = read("a: b: c\nd: text\n  k: v\ne: @x\nf: 1\n")
    assert [(f.code, f.place.line) for f in reading.findings] == [
        ("SR012", 1),
        ("SR017", 3),
        ("SR021", 4),
    ]
    assert reading.lost == (2,)
    (document,) = reading.documents
    assert [entry.key for entry in document.entries] == ["a", "e", "f"]  # type: ignore[union-attr]


def test_a_duplicate_key_names_both_lines() -> None:
    (finding,) = read("a: 1\nb: 2\na: 3\n").findings
    assert finding.place.line == 3
    assert "line 1" in finding.message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: x\u202ey", (1, 5)),
        ("a: 1\nb: x\x00y", (2, 5)),
        ("a: 1\nb:\u2028c", (2, 3)),
        ("a: x\x85y", (1, 5)),
    ],
)
def test_invisible_characters_are_refused_at_their_place(text: str, place: tuple[int, int]) -> None:
    decoded, findings = decode("x", text.encode())
    assert [(f.code, f.place.line, f.place.column) for f in findings] == [("SR011", *place)]
    assert len(decoded) == len(text)


def test_byte_order_mark_and_line_ends_of_other_systems_do_not_count() -> None:
    for ending in ("\n", "\r\n", "\r"):
        text, findings = decode(
            "x", b"\xef\xbb\xbf" + f"a: 1{ending}b: \u201cx\u201d \u2013".encode()
        )
        assert (text, findings) == ("a: 1\nb: \u201cx\u201d \u2013", ())


def test_an_edit_leaves_line_ends_and_indentation_alone() -> None:
    reading = read_to_end("a: b: c\n", Origin(file="x", line_offset=1, column_offset=3))
    assert str(reading.findings[0].place) == "x:2:8"
    text = "head\r\n   a: b: c\r\n   d: 1\r\n"
    assert apply_edits(text, reading.edits) == 'head\r\n   a: "b: c"\r\n   d: 1\r\n'


def test_an_edit_of_another_text_is_refused() -> None:
    edits = read("a: b: c\n").edits
    with pytest.raises(ValueError, match="does not end with"):
        apply_edits("other\n", edits)
