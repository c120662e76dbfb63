"""Requests that an agent answers for its own sake: about things it knows, once it was taught."""

from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from agent_runtime.examples import example_of
from agent_runtime.handover.passing import PROMOTE
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.handover import ModelReady
from agent_runtime.shapes.training import RetrainRequest
from agent_runtime.testing_links import market
from agent_runtime.testing_trainings import skilled_candidate
from agent_runtime.values import JsonObject, JsonValue

if TYPE_CHECKING:
    from agent_runtime.testing_system import OpenSystem

_ASKED: Final = 3
_TEACHER: Final = "governance"
_TRACE: Final = "22222222-2222-4222-8222-222222222222"


def request_for(shape: type[BaseModel]) -> BaseModel:
    """Return a request of `shape`: its smallest example, about names of the market where it can."""
    example = dict(example_of(shape))
    for name, value in _of_the_market().items():
        field = shape.model_fields.get(name)
        if field is not None and (field.is_required() or name == "links"):
            example[name] = value
    return shape.model_validate(example)


def request_from(
    system: "OpenSystem", shape: type[BaseModel], *, caller: str, callee: str
) -> BaseModel:
    """Return a request of `shape` that `callee` answers for the sake of `caller`.

    A model is handed over as the caller would: signed by it, approved by the person.
    """
    if not issubclass(shape, ModelReady):
        return request_for(shape)
    candidate = skilled_candidate()
    digest, means = candidate.bundle.digest, system[caller].parts.handover
    means.bundles.put(candidate.content)
    return shape(
        model=digest,
        metrics=dict(candidate.bundle.metrics),
        sender_token=means.sender_token(callee, digest),
        approval=system.token(callee, _TEACHER, action=f"{PROMOTE}:{digest}"),
    )


def teach(system: "OpenSystem", agent: str) -> None:
    """Train an agent on the market, if one of its operations takes links to learn from."""
    for operation in system[agent].controller.operations().values():
        if operation.request is RetrainRequest:
            token = system.token(agent, _TEACHER)
            call = Call(trace_id=_TRACE, caller="teacher", roles=(_TEACHER,), token=token)
            operation.handle(request_for(RetrainRequest), call)


def _of_the_market() -> JsonObject:
    links: list[JsonValue] = [
        {"subject": s, "relation": r, "object": o} for s, r, o in market().all_triples
    ]
    rows: list[JsonValue] = [[float(row % 7), 1.0] for row in range(40)]
    return {
        "links": links,
        "candidates": links[:_ASKED],
        "entities": [*market().vocabulary.entities[:_ASKED]],
        "observations": rows,
    }
