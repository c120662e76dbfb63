"""Opens clients over the parts of an agent: where the other agent is, and tokens for it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from agent_runtime.clients.http import Bearer, HttpClient
from agent_runtime.clients.observing import Observation
from agent_runtime.clients.packets import PacketClient
from agent_runtime.clients.permits import API_CALL, EVENT_OBSERVE, PACKET_SEND, require_wired
from agent_runtime.parts import AgentParts
from agent_runtime.settings import AgentSettings
from agent_runtime.tokens import TokenIssuer

TOKEN_SECONDS: Final = 60
"""How long a token for one call is good."""


def open_http(parts: AgentParts, target: str, otherwise: str) -> HttpClient:
    """Return a client of the agent `target`.

    Its address is the setting `clients.<target>`, else that of the `registry` of the file that all
    agents share, else `otherwise`.

    Args:
        parts: the parts of the calling agent; its key signs the tokens.
        target: id of the agent that is called.
        otherwise: base URL if no setting tells one.

    Raises:
        NotAuthorisedError: the file that the agents share has no such wiring.
    """
    require_wired(parts.settings, parts.audit, parts.agent, target, API_CALL)
    return HttpClient(
        target,
        base_url(parts.settings, target, otherwise),
        clock=parts.clock,
        bearer=_bearer(parts, target),
        troubles=parts.troubles,
    )


def open_packets(parts: AgentParts, target: str) -> PacketClient:
    """Return a client that sends packets to the agent `target` over the bus of `parts`.

    Raises:
        NotAuthorisedError: the file that the agents share has no such wiring.
    """
    require_wired(parts.settings, parts.audit, parts.agent, target, PACKET_SEND)
    return PacketClient(parts.agent, target, parts.bus, clock=parts.clock, troubles=parts.troubles)


def open_observation(parts: AgentParts, targets: Iterable[str]) -> Observation:
    """Return what the agent of `parts` observes of the agents `targets` over its bus.

    Raises:
        NotAuthorisedError: the file that the agents share lacks such a wiring to one of them.
    """
    for target in targets:
        require_wired(parts.settings, parts.audit, parts.agent, target, EVENT_OBSERVE)
    return Observation(parts.bus, parts.agent)


def base_url(settings: AgentSettings, target: str, otherwise: str) -> str:
    """Return where the agent `target` is served; see `open_http`."""
    key = f"clients.{target}"
    if settings.declares(key) and settings.is_set(key):
        return settings.text(key)
    if settings.declares("registry") and settings.is_set("registry"):
        listed = settings.data("registry")
        for entry in listed if isinstance(listed, Sequence) else ():
            if isinstance(entry, Mapping) and entry.get("agent") == target:
                return str(entry.get("base_url", otherwise))
    return otherwise


def _bearer(parts: AgentParts, target: str) -> Bearer:
    issuer = TokenIssuer(parts.identity, clock=parts.clock)
    return lambda role: issuer.issue(parts.agent, (role,), target, TOKEN_SECONDS)
