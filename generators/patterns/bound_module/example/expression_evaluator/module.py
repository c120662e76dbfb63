"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by bound_module@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.bounds import Bound, check_values, checked_result, refusing
from agent_runtime.shapes.base import Call, Shape
from pydantic import Field

from L9.lib.expressions import evaluate as linked_evaluate_expression

__all__ = [
    "EvaluateExpressionRequest",
    "EvaluateExpressionResponse",
    "ExpressionEvaluator",
    "evaluate_expression",
]

EVALUATE_EXPRESSION_TAKES: Final = (  # modules: arguments of evaluate_expression
    Bound(name="expression", kind="text", longest=200),
    Bound(name="digits", kind="integer", low=0, high=9),
)
EVALUATE_EXPRESSION_RETURNS: Final = Bound(name="result", kind="number", low=-1000, high=1000)


class EvaluateExpressionRequest(Shape):
    """Request of evaluate_expression."""

    expression: str = Field(max_length=200, description="the sum, at most 200 characters")
    digits: int = Field(ge=0, le=9, description="digits kept after the point, 0 to 9")


class EvaluateExpressionResponse(Shape):
    """Answer of evaluate_expression."""

    result: float = Field(description="value of the sum, -1000 to 1000")


def evaluate_expression(expression: str, digits: int) -> float:
    """Evaluate a sum of readings.

    Args:
        expression: The sum, at most 200 characters.
        digits: Digits kept after the point, 0 to 9.

    Returns:
        Value of the sum, -1000 to 1000.

    Raises:
        InputBoundsError: an argument is outside its bounds.
        OutputBoundsError: what the linked code returns is; it is withheld.
        ValueError: The text is no sum.
    """
    check_values(EVALUATE_EXPRESSION_TAKES, expression=expression, digits=digits)
    return checked_result(
        EVALUATE_EXPRESSION_RETURNS, linked_evaluate_expression(expression, digits)
    )


class ExpressionEvaluator:
    """Answers the endpoints whose operations are bound to linked code."""

    def evaluate_expression_call(
        self, request: EvaluateExpressionRequest, _call: Call
    ) -> EvaluateExpressionResponse:
        """Evaluate a sum of readings.

        Raises:
            InputBoundsError: an argument is outside its bounds, or the linked code refuses it.
            OutputBoundsError: what the linked code returns is outside its bounds.
        """
        with refusing(ValueError):
            result = evaluate_expression(request.expression, request.digits)
        return EvaluateExpressionResponse(result=result)
