"""What `L9.example.module` promises.

Expected by the schema and by operation_models@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import pytest
from agent_runtime.examples import example_of
from agent_runtime.shapes.base import DecisionShape
from pydantic import ValidationError

from acme.agents.line_watch import models
from acme.agents.line_watch.models import REQUESTS, RESPONSES

DECIDES = {
    "detect_anomaly": True,
    "get_line_status": False,
}


@pytest.mark.positive
def test_every_declared_operation_has_a_request_and_an_answer() -> None:
    assert list(REQUESTS) == list(RESPONSES) == list(DECIDES)


@pytest.mark.positive
@pytest.mark.parametrize("operation", DECIDES)
def test_an_answer_is_recorded_exactly_if_it_decides(operation: str) -> None:
    assert issubclass(RESPONSES[operation], DecisionShape) is DECIDES[operation]


@pytest.mark.positive
@pytest.mark.parametrize("operation", DECIDES)
def test_a_request_survives_its_own_json(operation: str) -> None:
    request = REQUESTS[operation].model_validate(example_of(REQUESTS[operation]))
    assert REQUESTS[operation].model_validate_json(request.model_dump_json()) == request


@pytest.mark.positive
@pytest.mark.parametrize("operation", DECIDES)
def test_the_models_go_by_their_own_names(operation: str) -> None:
    for shape in (REQUESTS[operation], RESPONSES[operation]):
        assert vars(models)[shape.__name__] is shape


@pytest.mark.positive
@pytest.mark.parametrize("operation", DECIDES)
def test_every_field_of_an_answer_says_what_it_is(operation: str) -> None:
    fields = RESPONSES[operation].model_fields
    assert [name for name, field in fields.items() if not field.description] == []


@pytest.mark.negative
@pytest.mark.parametrize("operation", DECIDES)
def test_closed_shapes_refuse_what_nobody_declared_and_open_ones_carry_it(operation: str) -> None:
    document = {**example_of(REQUESTS[operation]), "nobody_declared": 1}
    try:
        carried = "nobody_declared" in REQUESTS[operation].model_validate(document).model_dump()
    except ValidationError as error:
        carried = "nobody_declared" not in str(error)
    assert carried is (REQUESTS[operation].model_config.get("extra") == "allow")


@pytest.mark.negative
@pytest.mark.parametrize("operation", DECIDES)
def test_an_answer_that_lacks_a_field_is_refused(operation: str) -> None:
    fields = RESPONSES[operation].model_fields
    answer = example_of(RESPONSES[operation])
    for required in [name for name, field in fields.items() if field.is_required()]:
        with pytest.raises(ValidationError, match=required):
            RESPONSES[operation].model_validate({n: answer[n] for n in answer if n != required})


@pytest.mark.negative
def test_nothing_else_is_exported() -> None:
    shapes = {shape.__name__ for shape in (*REQUESTS.values(), *RESPONSES.values())}
    assert set(models.__all__) == {"REQUESTS", "RESPONSES", *shapes}
