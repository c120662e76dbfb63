"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by operation_models@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from typing import Final

from agent_runtime.shapes.anomaly import AnomalyRequest, AnomalyResponse
from agent_runtime.shapes.status import StatusRequest, StatusResponse
from pydantic import BaseModel

__all__ = [
    "REQUESTS",
    "RESPONSES",
    "AnomalyRequest",
    "AnomalyResponse",
    "StatusRequest",
    "StatusResponse",
]

REQUESTS: Final[Mapping[str, type[BaseModel]]] = {  # deployment.endpoints
    "detect_anomaly": AnomalyRequest,
    "get_line_status": StatusRequest,
}
RESPONSES: Final[Mapping[str, type[BaseModel]]] = {
    "detect_anomaly": AnomalyResponse,
    "get_line_status": StatusResponse,
}
