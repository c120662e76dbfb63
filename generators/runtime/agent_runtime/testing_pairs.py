"""The pair test: every step of a declared edge between two agents, and every way it may fail.

A caller asks and a callee answers over their real transports. What the test of an edge asserts is
what came back, and what both agents left in their audit logs, memories and escalations.
"""

import importlib
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Final, Protocol, cast, get_type_hints

from pydantic import BaseModel

from agent_runtime.clock import system_clock
from agent_runtime.decisions import record_decision
from agent_runtime.errors import AgentError
from agent_runtime.parts import AgentParts
from agent_runtime.recording import decision_of
from agent_runtime.serve import bind
from agent_runtime.service import EndpointSpec, Operation, ServiceSpec, create_service
from agent_runtime.shapes.base import Call, DecisionShape, Shape
from agent_runtime.testing_requests import request_from, teach
from agent_runtime.testing_service import listening
from agent_runtime.testing_system import (
    AgentCode,
    OpenAgent,
    OpenSystem,
    load,
    open_system,
    patient,
)

_MOST_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.02
_EPISODES: Final = "decision_logs"
_PERSONS: Final = "governance"


class Nothing(Shape):
    """An answer that has nothing in it."""


class Client(Protocol):
    """What every generated client has."""

    @classmethod
    def open(cls, parts: AgentParts) -> "Client":
        """Return a client over the parts of the calling agent."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A declared edge: who asks, who answers, and `package.module:class` of the client between."""

    caller: str
    callee: str
    client: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """An answer, the shape that it must have, and the trace under which it was asked for."""

    trace_id: str
    shape: type[BaseModel]
    answer: BaseModel


class Pair:
    """The two open agents of an edge, and the caller's client of the callee."""

    def __init__(self, system: OpenSystem, edge: Edge) -> None:
        self.system = system
        self.edge = edge
        self.client = cast("Client", load(edge.client)).open(self.caller.parts)

    @property
    def caller(self) -> OpenAgent:
        """Who asks."""
        return self.system[self.edge.caller]

    @property
    def callee(self) -> OpenAgent:
        """Who answers."""
        return self.system[self.edge.callee]

    def ask(self, method: str, *, trace_id: str = "", seconds: float | None = None) -> Exchange:
        """Ask once with a request that the callee is able to answer.

        Args:
            method: of the client.
            trace_id: under which to ask; a new one without.
            seconds: how long to wait for the answer; as long as the client does without.

        Raises:
            AgentError: the callee refused or failed, or its answer was refused.
        """
        trace_id = trace_id or new_trace()
        ask = getattr(self.client, method)
        hints = get_type_hints(getattr(type(self.client), method))
        shape = next(hints[name] for name in ("request", "payload") if name in hints)
        token = self.system.token(self.edge.callee, _PERSONS)
        deadline = None if seconds is None else system_clock() + seconds
        call = Call(trace_id=trace_id, caller=self.edge.caller, token=token, deadline=deadline)
        named = [self.edge.callee] if "agent" in signature(ask).parameters else []
        answer = ask(
            *named,
            request_from(self.system, shape, caller=self.edge.caller, callee=self.edge.callee),
            call,
        )
        return Exchange(trace_id=trace_id, shape=hints["return"], answer=answer)

    def fails(
        self, method: str, *, trace_id: str, seconds: float | None = None
    ) -> AgentError | None:
        """Ask once and return the error that the caller is left with; None if there is none."""
        try:
            self.ask(method, trace_id=trace_id, seconds=seconds)
        except AgentError as error:
            return error
        return None

    def use(self, exchange: Exchange) -> bool:
        """Have the caller keep the answer in its memory, as it keeps what it decides itself.

        Returns:
            Whether the answer is a decision; nothing else is kept.

        Raises:
            MemoryLayerError: a layer failed.
        """
        if not isinstance(exchange.answer, DecisionShape):
            return False
        parts = self.caller.parts
        decision = decision_of(exchange.answer, agent=self.edge.caller, now=parts.clock())
        record_decision(decision, parts.layers, parts.audit, None, clock=parts.clock)
        return True

    def logged(self, agent: OpenAgent, exchange: Exchange) -> bool:
        """Tell whether an agent's logs speak of the trace; a service logs after it answered."""
        return comes_true(lambda: agent.logged(exchange.trace_id))

    def records(self, method: str) -> bool:
        """Tell whether the callee keeps what it answers as a decision in its memory."""
        answer = get_type_hints(getattr(type(self.client), method))["return"]
        kept = self.callee.parts.layers.episodic is not None
        return kept and issubclass(answer, DecisionShape)

    def remembered(self, agent: OpenAgent, exchange: Exchange) -> bool:
        """Tell whether every declared memory of an agent has the decision, under its trace.

        There is nothing to remember of an answer that is no decision.
        """
        answer = exchange.answer
        if not isinstance(answer, DecisionShape):
            return True
        layers, found = agent.parts.layers, []
        if layers.episodic is not None:
            episode = layers.episodic.get(answer.decision_id)
            found.append(episode is not None and episode.trace_id == exchange.trace_id)
        if layers.semantic is not None:
            found.append(layers.semantic.node(f"decision:{answer.decision_id}") is not None)
        if layers.causal is not None:
            found.append(layers.causal.explain(answer.decision_id) is not None)
        return all(found)

    def break_memory(self) -> None:
        """Break the callee's episodic memory on disk."""
        break_memory(self.callee)

    @contextmanager
    def off_shape(self, method: str) -> Iterator[None]:
        """Have somebody who answers every call with an empty object stand where the callee was."""
        self.callee.stop()
        module = importlib.import_module(self.edge.client.partition(":")[0])
        declared = cast("EndpointSpec", vars(module)[method.upper()])
        spec = EndpointSpec(
            name=declared.name,
            path=declared.path,
            method=declared.method,
            timeout_ms=declared.timeout_ms,
        )
        empty = Operation(
            handle=lambda _request, _call: Nothing(), request=OpenShape, response=Nothing
        )
        about = ServiceSpec(agent=self.edge.callee, title="other", version="0", endpoints=(spec,))
        app = create_service(about, {spec.name: empty}, clock=system_clock)
        host, port = self.system.address(self.edge.caller, self.edge.callee)
        with bind(host, port) as listener, listening(app, listener, self.edge.callee):
            yield

    def close(self) -> None:
        """Close the client."""
        self.client.close()


class OpenShape(BaseModel):
    """A request of which nothing is asked."""


@contextmanager
def open_pair(
    root: Path, config: Path, codes: Iterable[AgentCode], edge: Edge, *, taught: bool = True
) -> Iterator[Pair]:
    """Open the agents of an edge for the duration of a `with` block.

    Args:
        root: folder for all that they write.
        config: the file of settings that they share.
        codes: where their code is.
        edge: the edge.
        taught: whether the callee is trained first, if it can be.
    """
    with ExitStack() as stack:
        stack.enter_context(patient(importlib.import_module(edge.client.partition(":")[0])))
        system = stack.enter_context(open_system(root, config, codes))
        if taught:
            teach(system, edge.callee)
        pair = Pair(system, edge)
        stack.callback(pair.close)
        yield pair


def break_memory(agent: OpenAgent) -> None:
    """Break the episodic memory of an agent on disk, if it has one: its table is gone."""
    for file in (agent.parts.folder / "memory").rglob("*.db"):
        with closing(sqlite3.connect(file)) as store, store:
            store.execute(f"DROP TABLE IF EXISTS {_EPISODES}")


def new_trace() -> str:
    """Return a trace id that nobody used."""
    return str(uuid.uuid4())


def comes_true(condition: Callable[[], bool]) -> bool:
    """Wait until a condition holds, at most half a minute; tell whether it does."""
    end = time.monotonic() + _MOST_SECONDS
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK_SECONDS)
    return True
