"""The agents of a system in one process: real stores, one bus, loopback HTTP, the shared file.

What separates them in operation stays: each agent has its own folder, settings and key, and trusts
the others as services only. Time-outs are those of a busy machine, not the declared ones.
"""

import importlib
import json
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Final, Protocol, cast

from fastapi import FastAPI

from agent_runtime.application import Governed
from agent_runtime.audit import AuditRecord
from agent_runtime.clients.opening import base_url
from agent_runtime.clock import system_clock
from agent_runtime.config import AgentSettings
from agent_runtime.escalation import Escalation
from agent_runtime.flags import Flags
from agent_runtime.keys import SigningKey
from agent_runtime.parts import AgentParts
from agent_runtime.serve import bind
from agent_runtime.service.spec import EndpointSpec, Operation
from agent_runtime.supervision.surroundings import (
    KEYS_VARIABLE,
    environment_of,
    members_of,
    on_free_ports,
    trust_file,
)
from agent_runtime.testing_service import listening
from agent_runtime.tokens import TokenIssuer

PATIENCE_MS: Final = 60_000
_TOKEN_SECONDS: Final = 60


class Controller(Protocol):
    """What the harness uses of a generated controller."""

    @property
    def parts(self) -> AgentParts:
        """The open parts."""
        ...

    @property
    def governance(self) -> Governed:
        """What governs it."""
        ...

    def operations(self) -> Mapping[str, Operation]:
        """What answers each endpoint, by its name."""
        ...


class Manager(Protocol):
    """What the harness uses of a generated configuration manager."""

    def load(self) -> AgentSettings:
        """The checked settings."""
        ...

    def flags(self) -> Flags:
        """The feature flags."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentCode:
    """Where the code of an agent is.

    Attributes:
        agent: its id.
        app: `package.module:factory` of its application.
        settings: `package.module:class` of its configuration manager.
    """

    agent: str
    app: str
    settings: str


class OpenAgent:
    """One agent that is open and served, until it is made to stop."""

    def __init__(self, agent: str, app: FastAPI, listener: socket.socket) -> None:
        self.agent = agent
        self.controller = cast("Controller", app.state.controller)
        self._served = ExitStack()
        self._served.enter_context(listener)
        self._served.enter_context(listening(app, listener, agent))

    @property
    def parts(self) -> AgentParts:
        """Its open parts."""
        return self.controller.parts

    def audited(self, trace_id: str) -> tuple[AuditRecord, ...]:
        """Return what its audit log has of a trace."""
        return tuple(r for r in self.parts.audit.records() if r.trace_id == trace_id)

    def escalated(self, trace_id: str) -> tuple[Escalation, ...]:
        """Return what waits for its anchors of a trace."""
        return tuple(e for e in self.parts.escalations.pending() if e.trace_id == trace_id)

    def logged(self, trace_id: str) -> bool:
        """Tell whether its audit log or one of its log files speaks of a trace."""
        files = self.parts.settings.path("logging.folder").rglob("*.log")
        return bool(self.audited(trace_id)) or any(trace_id in file.read_text() for file in files)

    def decided(self, trace_id: str) -> bool:
        """Tell whether its episodic memory, if it has one, holds a decision of a trace."""
        episodic = self.parts.layers.episodic
        return episodic is None or bool(episodic.find({"trace_id": trace_id}))

    def stop(self) -> None:
        """Stop serving and close the agent; nothing if it is stopped."""
        self._served.close()


class OpenSystem:
    """The open agents by id, and a person whose tokens they all believe."""

    def __init__(
        self, agents: Iterable[str], person: SigningKey, start: Callable[[str], OpenAgent]
    ) -> None:
        self._start = start
        self._issuer = TokenIssuer(person, clock=system_clock)
        self.agents = {agent: start(agent) for agent in agents}

    def __getitem__(self, agent: str) -> OpenAgent:
        """Return the agent of this id."""
        return self.agents[agent]

    def token(self, agent: str, role: str, *, action: str | None = None) -> str:
        """Return a token of the person for one call of `agent`, or for just one action."""
        return self._issuer.issue("tester", (role,), agent, _TOKEN_SECONDS, action=action)

    def restart(self, agent: str) -> None:
        """Stop an agent if it runs, and open and serve it again over what it left."""
        self.agents[agent].stop()
        self.agents[agent] = self._start(agent)

    def stop(self) -> None:
        """Stop all agents, the last first."""
        with ExitStack() as stack:
            for agent in self.agents.values():
                stack.callback(agent.stop)

    def address(self, caller: str, callee: str) -> tuple[str, int]:
        """Return host and port at which `caller` finds `callee`."""
        host, _, port = base_url(self[caller].parts.settings, callee, "").rpartition(":")
        return host.rpartition("/")[2], int(port)


@contextmanager
def open_system(root: Path, config: Path, codes: Iterable[AgentCode]) -> Iterator[OpenSystem]:
    """Open agents and serve them for the duration of a `with` block.

    Args:
        root: folder for all that they write.
        config: the file of settings that they share.
        codes: where the code of each agent is; those that are called come before who calls them.

    Raises:
        TimeoutError: an agent did not come up.
        ConfigError: the file has no address of an agent, or an agent refuses its settings.
    """
    listed = {code.agent: code for code in codes}
    person = SigningKey.generate()
    given = {KEYS_VARIABLE: json.dumps({"keys": [person.public_jwk()]})}
    targets = {agent: code.app for agent, code in listed.items()}
    copy = on_free_ports(config, root, members_of(config, targets))
    members = members_of(copy, targets)
    trusted = trust_file(members, root, given)

    def start(agent: str) -> OpenAgent:
        member, code = places[agent], listed[agent]
        environ = environment_of(member, config=copy, folder=root, trusted=trusted, environ={})
        manager = cast("Manager", load(code.settings)(environ))
        app = load(code.app)(manager.load(), flags=manager.flags())
        return OpenAgent(agent, cast("FastAPI", app), bind(member.host, member.port))

    places = {member.agent: member for member in members}
    with ExitStack() as stack:
        for agent in places:
            module = importlib.import_module(listed[agent].app.partition(":")[0])
            stack.enter_context(patient(module))
        system = OpenSystem(places, person, start)
        stack.callback(system.stop)
        yield system


class _Factory(Protocol):
    def __call__(self, *arguments: object, **named: object) -> object: ...


def load(target: str) -> _Factory:
    """Import what `package.module:name` names."""
    module, _, name = target.partition(":")
    return cast("_Factory", getattr(importlib.import_module(module), name))


@contextmanager
def patient(module: ModuleType) -> Iterator[None]:
    """Give the endpoints that a module declares time enough on a busy machine."""
    before = dict(vars(module))
    try:
        for name, value in before.items():
            setattr(module, name, _patient(name, value))
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


def _patient(name: str, value: object) -> object:
    if isinstance(value, EndpointSpec):
        return replace(value, timeout_ms=PATIENCE_MS)
    if isinstance(value, tuple) and value and all(isinstance(v, EndpointSpec) for v in value):
        return tuple(_patient("", each) for each in value)
    return PATIENCE_MS if name.endswith("_TIMEOUT_MS") else value
