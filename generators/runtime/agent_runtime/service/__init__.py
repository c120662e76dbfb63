"""The service shell: declared endpoints become HTTP, everything else about HTTP lives here."""

from agent_runtime.service.app import create_service
from agent_runtime.service.spec import EndpointSpec, Gates, Operation, ServiceSpec, answered_by

__all__ = ["EndpointSpec", "Gates", "Operation", "ServiceSpec", "answered_by", "create_service"]
