"""Changes of a document: every one is found, and taking all of them back gives the old document."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.engine.build.field_changes import FieldChange, field_changes, taken_back
from generators.engine.sources.canonical import Plain

LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab/~", max_size=3)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text("ab/~", min_size=1, max_size=2), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.sampled_from(["schema", "purposes"]), VALUES, max_size=2)


@pytest.mark.positive
@given(before=DOCUMENTS, after=DOCUMENTS)
def test_taking_all_changes_back_gives_the_old_document(
    before: dict[str, Plain], after: dict[str, Plain]
) -> None:
    found = list(field_changes(before, after))
    result = after
    for change in found:
        result = taken_back(result, change)
    assert json.dumps(result, sort_keys=True) == json.dumps(before, sort_keys=True)


@pytest.mark.negative
@given(document=DOCUMENTS)
def test_equal_documents_have_no_change(document: dict[str, Plain]) -> None:
    assert list(field_changes(document, json.loads(json.dumps(document)))) == []


@pytest.mark.positive
def test_pointers_are_those_of_the_schema() -> None:
    before: Plain = {"schema": {"a/b": [1, 2]}, "purposes": {"/x/0": "old"}}
    after: Plain = {"schema": {"a/b": [1, 3]}, "purposes": {"/x/0": "new"}}
    first, second = field_changes(before, after)
    assert first == FieldChange(path=("schema", "a/b", 1), before=2, after=3)
    assert (first.pointer, second.pointer) == ("/a~1b/1", "/x/0")
