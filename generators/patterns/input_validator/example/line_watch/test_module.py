"""What `L9.example.module` promises.

Expected by the schema and by input_validator@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.examples import example_of

from acme.agents.line_watch.validator import SHAPES, InputValidator

OPERATIONS = [
    "detect_anomaly",
    "get_sensor_status",
]
VALIDATOR = InputValidator()


@pytest.mark.positive
def test_every_declared_operation_has_its_shape() -> None:
    assert list(SHAPES) == OPERATIONS


@pytest.mark.positive
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_smallest_request_is_accepted_as_its_shape(operation: str) -> None:
    document = example_of(SHAPES[operation])
    request = VALIDATOR.validate(operation, document)
    assert type(request) is SHAPES[operation]
    assert VALIDATOR.problems(operation, document) == ()


@pytest.mark.positive
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_accepted_request_says_what_the_document_said(operation: str) -> None:
    document = example_of(SHAPES[operation])
    told = VALIDATOR.validate(operation, document).model_dump(mode="json")
    assert {name: told[name] for name in document} == document


@pytest.mark.positive
@pytest.mark.parametrize("operation", OPERATIONS)
def test_checking_leaves_the_document_alone(operation: str) -> None:
    document = example_of(SHAPES[operation])
    before = dict(document)
    VALIDATOR.problems(operation, document)
    assert document == before


@pytest.mark.positive
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_same_document_gives_the_same_request(operation: str) -> None:
    document = example_of(SHAPES[operation])
    assert VALIDATOR.validate(operation, document) == VALIDATOR.validate(operation, document)


@pytest.mark.negative
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_field_that_nobody_declared_is_refused_by_name_unless_the_shape_is_open(
    operation: str,
) -> None:
    document = {**example_of(SHAPES[operation]), "nobody_declared": 1}
    closed = SHAPES[operation].model_config.get("extra") == "forbid"
    problems = VALIDATOR.problems(operation, document)
    assert [problem.partition(":")[0] for problem in problems] == ["nobody_declared"] * closed


@pytest.mark.negative
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_required_field_that_is_missing_is_named(operation: str) -> None:
    fields = SHAPES[operation].model_fields.items()
    required = [name for name, field in fields if field.is_required()]
    problems = VALIDATOR.problems(operation, {})
    assert [problem.partition(":")[0] for problem in problems] == required


@pytest.mark.negative
def test_an_operation_that_nobody_declared_is_refused() -> None:
    with pytest.raises(InputBoundsError, match="'nobody_declared' is none of "):
        VALIDATOR.validate("nobody_declared", {})
