"""Sensor Watch with a stem that no pattern answers, the linked code for it, and the answer."""

from tests.e2e.workspace import COLLECTION, ROOT, SOURCE

_BEFORE = "    - __init__.py  # The sensor watch agent and the names it exports.\n"
_ENDPOINT = "    - name: get_sensor_status\n"

LINKED = '''"""Arithmetic on readings, as the target repository has it."""

import ast


def evaluate(expression: str, digits: int) -> float:
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError as error:
        raise ValueError("no expression") from error
    return round(_value(tree.body), digits)


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _value(node.left) + _value(node.right)
    raise ValueError("only sums")
'''

ANSWER = """modules:
  sensor_watch:
    expression_evaluator.py:
      bind:
        evaluate_expression: L9.lib.expressions:evaluate
      functions:
        evaluate_expression:
          purpose: Evaluate a sum of readings
          arguments:
            expression: {type: text, longest: 200, description: the sum}
            digits: {type: integer, low: 0, high: 9, description: digits kept after the point}
          returns: {type: number, low: -1000, high: 1000, description: value of the sum}
          raises: {ValueError: the text is no sum}
          examples:
            - given: {expression: 1.25 + 2, digits: 1}
              returns: 3.2
            - given: {expression: 2 * 3, digits: 1}
              raises: ValueError
"""


def sources(
    *, answered: bool, linked: str = LINKED, answer: str = ANSWER, served: bool = True
) -> dict[str, str]:
    """Return the input files; the collection asks for the stem, if `served` for its endpoint."""
    text = (ROOT / "input_schemas" / SOURCE).read_text()
    file = "    - expression_evaluator.py  # Evaluate sums of readings.\n"
    endpoint = (
        "    - name: evaluate_expression\n"
        "      path: /sensor_watch/v1/expression\n"
        "      method: POST\n"
        "      timeout_ms: 250\n"
    )
    text = text.replace(_BEFORE, file + _BEFORE)
    if served:
        text = text.replace(_ENDPOINT, endpoint + _ENDPOINT)
    found = {SOURCE: text, "linked/L9/lib/expressions.py": linked}
    if answered:
        found[f"answers/{COLLECTION}.yaml"] = answer
    return found
