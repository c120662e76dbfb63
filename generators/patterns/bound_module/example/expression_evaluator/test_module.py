"""What `L9.example.module` promises.

Expected by the schema and by bound_module@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import inspect
from collections.abc import Callable

import pytest
from agent_runtime.errors import InputBoundsError, OutputBoundsError
from agent_runtime.shapes.base import Call
from agent_runtime.testing import TRACE
from pydantic import ValidationError

from L9.agents.sensor_watch import expression_evaluator
from L9.agents.sensor_watch.expression_evaluator import (
    EvaluateExpressionRequest,
    EvaluateExpressionResponse,
    ExpressionEvaluator,
    evaluate_expression,
)


@pytest.mark.positive
def test_evaluate_expression_has_the_declared_signature() -> None:
    signature = inspect.signature(evaluate_expression)
    assert str(signature) == "(expression: str, digits: int) -> float"


@pytest.mark.positive
def test_evaluate_expression_stands_over_the_linked_code() -> None:
    linked = vars(expression_evaluator)["linked_evaluate_expression"]
    assert (linked.__module__, linked.__name__) == ("L9.lib.expressions", "evaluate")
    declared = inspect.signature(evaluate_expression)
    assert list(inspect.signature(linked).parameters) == list(declared.parameters)


@pytest.mark.positive
def test_evaluate_expression_answers_example_1_of_the_schema() -> None:
    result = evaluate_expression(expression="1.25 + 2", digits=1)
    assert result == pytest.approx(3.2)


@pytest.mark.negative
def test_evaluate_expression_refuses_example_1_of_the_schema() -> None:
    with pytest.raises(ValueError, match=r"\S"):
        evaluate_expression(expression="2 * 3", digits=1)


@pytest.mark.negative
def test_evaluate_expression_refuses_expression_outside_its_bounds() -> None:
    called: Callable[..., object] = evaluate_expression
    with pytest.raises(InputBoundsError, match=r"^expression "):
        called(expression=1, digits=1)


@pytest.mark.negative
def test_evaluate_expression_refuses_digits_outside_its_bounds() -> None:
    called: Callable[..., object] = evaluate_expression
    with pytest.raises(InputBoundsError, match=r"^digits "):
        called(expression="1.25 + 2", digits=10)


@pytest.mark.negative
def test_evaluate_expression_withholds_a_result_outside_its_bounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(expression_evaluator, "linked_evaluate_expression", lambda *_given: 1001.0)
    with pytest.raises(OutputBoundsError, match=r"^result "):
        evaluate_expression(expression="1.25 + 2", digits=1)


@pytest.mark.positive
def test_the_endpoint_evaluate_expression_answers_as_the_function_does() -> None:
    request = EvaluateExpressionRequest(expression="1.25 + 2", digits=1)
    response = ExpressionEvaluator().evaluate_expression_call(request, Call(trace_id=TRACE))
    assert response == EvaluateExpressionResponse(
        result=evaluate_expression(expression="1.25 + 2", digits=1)
    )


@pytest.mark.negative
def test_the_endpoint_evaluate_expression_takes_no_unknown_field() -> None:
    with pytest.raises(ValidationError, match="nobody_declared"):
        EvaluateExpressionRequest.model_validate({"nobody_declared": 1})


@pytest.mark.negative
def test_the_endpoint_evaluate_expression_refuses_example_1_as_bad_input() -> None:
    request = EvaluateExpressionRequest(expression="2 * 3", digits=1)
    with pytest.raises(InputBoundsError):
        ExpressionEvaluator().evaluate_expression_call(request, Call(trace_id=TRACE))
