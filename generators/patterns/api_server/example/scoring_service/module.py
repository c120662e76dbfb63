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

from L9.core.tensoraios.configmanager import ConfigManager
from L9.core.tensoraios.tensoraios_controller import TensorAIOSController

AGENT: Final = "tensoraios"
VERSION: Final = "6.0.0"
ENDPOINTS: Final = (  # deployment.endpoints
    EndpointSpec(
        name="score_candidates",
        path="/tensoraios/v6/score",
        method="POST",
        timeout_ms=500,
        summary="Score candidates.",
    ),
    EndpointSpec(
        name="generate_embeddings",
        path="/tensoraios/v6/embeddings",
        method="POST",
        timeout_ms=1000,
        summary="Generate embeddings.",
    ),
    EndpointSpec(
        name="detect_anomaly",
        path="/tensoraios/v6/anomaly",
        method="POST",
        timeout_ms=250,
        summary="Detect anomaly.",
    ),
    EndpointSpec(
        name="get_model_status",
        path="/tensoraios/v6/status",
        method="GET",
        timeout_ms=100,
        summary="Get model status.",
    ),
    EndpointSpec(
        name="trigger_retraining",
        path="/tensoraios/v6/retrain",
        method="POST",
        timeout_ms=60000,
        role="governance",
        summary="Trigger retraining.",
    ),
)
DESCRIPTION: Final = (
    "The neural-symbolic scoring service of L9. It predicts links between entities, "
    "embeds them, ranks anomalies and breaks a score down into its latent factors, for "
    "every domain agent."
)
SERVICE: Final = ServiceSpec(
    agent=AGENT,
    title="L9 TensorAIOS Core Service v6.0",
    version=VERSION,
    description=DESCRIPTION,
    endpoints=ENDPOINTS,
    threads=64,  # learningsystem.autonomyprofile.tasklimit
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
    controller = TensorAIOSController.open(
        settings or manager.load(), flags=flags or manager.flags(), clock=clock
    )
    return application_of(controller, SERVICE)
