"""What `L9.example.module` promises.

Expected by the schema and by document_transformer@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.examples import example_of
from agent_runtime.shapes.base import Shape
from agent_runtime.spelling import in_camel_case

from acme.agents.line_watch.transformer import DocumentTransformer, REQUESTS, RESPONSES

SPELLED = {  # operations in another spelling
    "detect_anomaly": "DetectAnomaly",
    "get_line_status": "GetLineStatus",
}
TRANSFORMER = DocumentTransformer()


class Stranger(Shape):
    """Answers no operation."""


@pytest.mark.positive
def test_every_declared_operation_has_both_its_forms() -> None:
    assert list(REQUESTS) == list(RESPONSES) == list(SPELLED)


@pytest.mark.positive
@pytest.mark.parametrize("operation", SPELLED)
def test_a_document_in_declared_spelling_becomes_a_request(operation: str) -> None:
    document = example_of(REQUESTS[operation])
    request = TRANSFORMER.request(operation, document)
    assert request == REQUESTS[operation].model_validate(document)


@pytest.mark.positive
@pytest.mark.parametrize("operation", SPELLED)
def test_fields_and_operations_may_be_spelled_in_camel_case(operation: str) -> None:
    document = example_of(REQUESTS[operation])
    camel = in_camel_case(document, REQUESTS[operation])
    assert TRANSFORMER.request(SPELLED[operation], camel) == TRANSFORMER.request(
        operation, document
    )


@pytest.mark.positive
@pytest.mark.parametrize("operation", SPELLED)
def test_names_of_fields_may_be_written_with_hyphens_and_capitals(operation: str) -> None:
    document = example_of(REQUESTS[operation])
    shouted = {name.replace("_", "-").upper(): value for name, value in document.items()}
    assert TRANSFORMER.request(operation, shouted) == TRANSFORMER.request(operation, document)


@pytest.mark.positive
@pytest.mark.parametrize("operation", SPELLED)
def test_an_answer_becomes_a_document_of_its_declared_fields(operation: str) -> None:
    answer = RESPONSES[operation].model_validate(example_of(RESPONSES[operation]))
    document = TRANSFORMER.document(operation, answer)
    assert RESPONSES[operation].model_validate(document) == answer
    assert list(document) == list(RESPONSES[operation].model_fields)


@pytest.mark.positive
@pytest.mark.parametrize("operation", SPELLED)
def test_an_answer_in_camel_case_has_no_other_spelling_in_it(operation: str) -> None:
    answer = RESPONSES[operation].model_validate(example_of(RESPONSES[operation]))
    document = TRANSFORMER.document(operation, answer, camel_case=True)
    assert document == in_camel_case(answer.model_dump(mode="json"), RESPONSES[operation])
    assert [name for name in document if "_" in name] == []


@pytest.mark.negative
@pytest.mark.parametrize("operation", SPELLED)
def test_every_required_field_that_is_missing_is_named(operation: str) -> None:
    required = [n for n, field in REQUESTS[operation].model_fields.items() if field.is_required()]
    try:
        TRANSFORMER.request(operation, {})
        missing: list[str] = []
    except InputBoundsError as error:
        missing = [problem.partition(":")[0] for problem in str(error).split("; ")]
    assert missing == required


@pytest.mark.negative
def test_an_operation_that_nobody_declared_is_refused() -> None:
    with pytest.raises(InputBoundsError, match="'nobody_declared' is none of "):
        TRANSFORMER.request("nobody_declared", {})


@pytest.mark.negative
@pytest.mark.parametrize("operation", SPELLED)
def test_an_answer_of_another_operation_is_refused(operation: str) -> None:
    with pytest.raises(InputBoundsError, match=RESPONSES[operation].__name__):
        TRANSFORMER.document(operation, Stranger())


@pytest.mark.negative
def test_two_spellings_of_one_field_are_refused() -> None:
    for operation, shape in REQUESTS.items():
        for name in shape.model_fields:
            with pytest.raises(InputBoundsError, match=f"mean one field, {name}"):
                TRANSFORMER.request(operation, {name: 1, name.upper(): 2})
