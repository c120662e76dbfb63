"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by api_server@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

import os
from typing import Final

from agent_runtime.application import application_of
from agent_runtime.clock import Clock, system_clock
from agent_runtime.config import AgentSettings
from agent_runtime.flags import Flags
from agent_runtime.service.spec import EndpointSpec, ServiceSpec
from fastapi import FastAPI

from L9.agents.sensor_watch.config_manager import ConfigManager
from L9.agents.sensor_watch.sensor_controller import SensorWatchController

AGENT: Final = "sensor_watch"
VERSION: Final = "1.0.0"
ENDPOINTS: Final = (  # deployment.endpoints
    EndpointSpec(
        name="detect_anomaly",
        path="/sensor_watch/v1/anomaly",
        method="POST",
        timeout_ms=250,
        summary="Detect anomaly.",
    ),
    EndpointSpec(
        name="get_sensor_status",
        path="/sensor_watch/v1/status",
        method="GET",
        timeout_ms=100,
        summary="Get sensor status.",
    ),
)
DESCRIPTION: Final = (
    "Ranks sensor readings by how unusual they are, and calls for a person when one is "
    "beyond doubt."
)
SERVICE: Final = ServiceSpec(
    agent=AGENT,
    title="Sensor Watch v1.0",
    version=VERSION,
    description=DESCRIPTION,
    endpoints=ENDPOINTS,
    threads=10,  # learningsystem.autonomyprofile.tasklimit
)


def create_app(
    settings: AgentSettings | None = None,
    *,
    flags: Flags | None = None,
    clock: Clock = system_clock,
) -> FastAPI:
    """Open the agent and return the application that serves its endpoints.

    Args:
        settings: the checked settings; without them, those of the environment.
        flags: feature flags; without them, those of the environment.
        clock: source of time.

    Raises:
        ConfigError: a setting is missing or cannot be used.
        MemoryLayerError: a store cannot be opened.
    """
    manager = ConfigManager(os.environ)
    controller = SensorWatchController.open(
        settings or manager.load(), flags=flags or manager.flags(), clock=clock
    )
    return application_of(controller, SERVICE)
