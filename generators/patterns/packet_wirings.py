"""Who sends packets of a type to whom, by the wirings of the glue."""

from collections.abc import Iterator, Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain

MODEL_READY: Final = "model_ready"
"""Packet by which a trained model is handed to the agent that serves it."""


def senders(context: PatternContext, packet_type: str) -> list[str]:
    """Return the agents that send packets of a type to this one, each once."""
    agent = str(context.agent.agent_id)
    return [*dict.fromkeys(a for a, b in _wired(context.glue, packet_type) if b == agent)]


def receivers(context: PatternContext, packet_type: str) -> list[str]:
    """Return the agents that this one sends packets of a type to, each once."""
    agent = str(context.agent.agent_id)
    return [*dict.fromkeys(b for a, b in _wired(context.glue, packet_type) if a == agent)]


def _wired(glue: Mapping[str, Plain], packet_type: str) -> Iterator[tuple[str, str]]:
    wirings = glue.get("wirings")
    for wiring in wirings if isinstance(wirings, list) else []:
        if isinstance(wiring, Mapping) and wiring.get("connection_type") == "packet_send":
            types = wiring.get("packet_types")
            if isinstance(types, list) and packet_type in types:
                yield str(wiring.get("from_agent")), str(wiring.get("to_agent"))
