"""Who may be spoken to: in a system, only the agents that the shared file wires this one to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from agent_runtime.audit import AuditLog
from agent_runtime.errors import NotAuthorisedError
from agent_runtime.settings import AgentSettings
from agent_runtime.values import JsonObject

REFUSED: Final = "peer_refused"
API_CALL: Final = "api_call"
PACKET_SEND: Final = "packet_send"
EVENT_OBSERVE: Final = "event_observe"
NO_TRACE: Final = "00000000-0000-0000-0000-000000000000"
"""Trace of what no request asked for: clients are opened when an agent starts."""


def require_wired(
    settings: AgentSettings, audit: AuditLog, agent: str, target: str, connection: str
) -> None:
    """Return if `agent` may speak to `target` in this way.

    Only agents of the registry are judged, and only where the shared file has wirings: an agent
    that runs alone, and what is outside the system, is the business of the schema.

    Args:
        settings: the settings of `agent`.
        audit: its audit log.
        agent: who wants to speak.
        target: to whom.
        connection: `api_call`, `packet_send` or `event_observe`.

    Raises:
        NotAuthorisedError: no such wiring is declared; it is audited.
        MemoryLayerError: it could not be audited.
    """
    wirings = [*_entries(settings, "wirings")]
    known = {str(entry.get("agent")) for entry in _entries(settings, "registry")}
    if not wirings or target not in known:
        return
    wanted = (agent, target, connection)
    if any(
        (w.get("from_agent"), w.get("to_agent"), w.get("connection_type")) == wanted
        for w in wirings
    ):
        return
    audit.append(
        REFUSED, actor=agent, subject=target, detail={"connection": connection}, trace_id=NO_TRACE
    )
    raise NotAuthorisedError(f"{agent} has no {connection} wiring to {target}")


def _entries(settings: AgentSettings, key: str) -> Iterator[JsonObject]:
    if not settings.declares(key) or not settings.is_set(key):
        return
    listed = settings.data(key)
    for entry in listed if isinstance(listed, Sequence) else ():
        if isinstance(entry, Mapping):
            yield entry
