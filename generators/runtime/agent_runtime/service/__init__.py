"""The service shell: declared endpoints become HTTP, everything else about HTTP lives here."""

from agent_runtime.service.app import create_service
from agent_runtime.service.spec import EndpointSpec, Gates, Operation, ServiceSpec

__all__ = ["EndpointSpec", "Gates", "Operation", "ServiceSpec", "create_service"]
