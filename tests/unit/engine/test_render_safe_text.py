"""Only safe text can be printed, and hostile text stays data."""

import ast
import io
import tokenize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.engine.names import InvalidNameError
from generators.engine.render.safe_text import UnsafeValueError, comment, doc, md, md_code, name, py
from generators.engine.render.templates import RenderError, render_template

HOSTILE = [
    '"""',
    "'''",
    "{{ x }}",
    "{% x %}",
    "\\N{DASH}",
    "\x00",
    "\u202e",
    "import os\nx()",
    "\\",
]


@given(st.text())
def test_every_text_survives_as_a_literal(text: str) -> None:
    assert ast.literal_eval(py(text)) == text


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_all_plain_data_survives_as_a_literal(value: object) -> None:
    assert ast.literal_eval(py(value)) == value


@given(st.text())
def test_no_text_can_end_a_docstring_or_a_comment(text: str) -> None:
    source = f'"""{doc("Begin " + text)}"""\nx = 1  # {comment(text)}\n'
    body = ast.parse(source).body
    assert [type(node).__name__ for node in body] == ["Expr", "Assign"]
    list(tokenize.generate_tokens(io.StringIO(source).readline))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_markdown_stays_text(text: str) -> None:
    assert "\n" not in md(text)
    assert "<" not in md("<script>" + text)
    assert md("a|b*c") == "a\\|b\\*c"
    assert md_code("a`b") == "`` a`b ``"


def test_what_is_no_plain_data_cannot_become_a_literal() -> None:
    with pytest.raises(UnsafeValueError):
        py(object())


@pytest.mark.parametrize("text", ["import os; x", "a..b", "class", ""])
def test_names_are_checked(text: str) -> None:
    with pytest.raises(InvalidNameError):
        name(text)
    assert name("L9.core.x") == "L9.core.x"


def test_printing_without_a_filter_is_an_error_that_names_the_template() -> None:
    with pytest.raises(RenderError, match=r"^demo:\d+: printed str without a filter"):
        render_template("x = {{ p.x }}", {"p": {"x": "1; import os"}}, {}, name="demo")
    assert render_template("x = {{ p.x|py }}", {"p": {"x": "1"}}, {}, name="demo") == 'x = "1"'


def test_reading_what_is_not_there_is_an_error() -> None:
    with pytest.raises(RenderError, match="has no attribute 'missing'"):
        render_template("{{ p.missing|py }}", {"p": {}}, {}, name="demo")


def test_numbers_and_included_templates_are_printed() -> None:
    text = render_template('{% include "h" %}{{ 3 }}', {}, {"h": "head\n"}, name="demo")
    assert text == "head\n3"
