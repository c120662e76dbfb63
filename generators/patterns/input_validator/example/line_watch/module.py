"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by input_validator@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from typing import Final

from agent_runtime.requests import RequestValidator
from agent_runtime.shapes.anomaly import AnomalyRequest
from agent_runtime.shapes.status import StatusRequest
from pydantic import BaseModel

SHAPES: Final[Mapping[str, type[BaseModel]]] = {  # deployment.endpoints
    "detect_anomaly": AnomalyRequest,
    "get_sensor_status": StatusRequest,
}


class InputValidator:
    """Holds each document to the shape of the operation that it is meant for."""

    def __init__(self) -> None:
        self._validator = RequestValidator(SHAPES)

    def validate(self, operation: str, document: Mapping[str, object]) -> BaseModel:
        """Return `document` as a request of `operation`.

        Raises:
            InputBoundsError: the operation is not declared, or fields are missing, unknown or out
                of their bounds; all of them are named.
        """
        return self._validator.validate(operation, document)

    def problems(self, operation: str, document: Mapping[str, object]) -> tuple[str, ...]:
        """Return what is wrong with `document` as a request of `operation`; empty if nothing is."""
        return self._validator.problems(operation, document)
