"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by document_transformer@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from typing import Final

from agent_runtime.shapes.anomaly import AnomalyRequest, AnomalyResponse
from agent_runtime.shapes.status import StatusRequest, StatusResponse
from agent_runtime.transforming import OperationDocuments
from agent_runtime.values import JsonObject
from pydantic import BaseModel

REQUESTS: Final[Mapping[str, type[BaseModel]]] = {  # deployment.endpoints
    "detect_anomaly": AnomalyRequest,
    "get_line_status": StatusRequest,
}
RESPONSES: Final[Mapping[str, type[BaseModel]]] = {
    "detect_anomaly": AnomalyResponse,
    "get_line_status": StatusResponse,
}


class DocumentTransformer:
    """Reads documents in any spelling, and writes answers in the spelling that is asked for."""

    def __init__(self) -> None:
        self._documents = OperationDocuments(REQUESTS, RESPONSES)

    def request(self, operation: str, document: JsonObject) -> BaseModel:
        """Return a document as a checked request of an operation.

        Raises:
            InputBoundsError: the operation is not declared, two names mean one field, or fields
                are missing, unknown or out of their bounds.
        """
        return self._documents.request(operation, document)

    def document(
        self, operation: str, answer: BaseModel, *, camel_case: bool = False
    ) -> JsonObject:
        """Return the answer of an operation as plain JSON.

        Raises:
            InputBoundsError: the operation is not declared, or the answer is of another one.
        """
        return self._documents.document(operation, answer, camel_case=camel_case)
