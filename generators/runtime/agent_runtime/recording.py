"""Turns the answer of a deciding operation into the decision that memory keeps."""

from collections.abc import Collection, Mapping

from agent_runtime.clock import isoformat
from agent_runtime.decisions import Decision
from agent_runtime.logs import AgentLogs
from agent_runtime.shapes.base import DecisionShape
from agent_runtime.values import JsonObject, JsonValue

_OWN = frozenset(DecisionShape.model_fields)


def decision_of(
    response: DecisionShape, *, agent: str, indexed: Collection[str] = (), now: float
) -> Decision:
    """Return what `response` decided.

    Args:
        response: answer of an operation that decides.
        agent: id of the agent.
        indexed: fields that the schema indexes episodes by; those that the answer holds as a text
            or number become attributes, and those that end in `timestamp` get the time.
        now: seconds since the epoch.

    Raises:
        InputBoundsError: the answer is no valid decision.
    """
    document: JsonObject = response.model_dump(mode="json")
    result = {name: value for name, value in document.items() if name not in _OWN}
    return Decision(
        decision_id=response.decision_id,
        agent_id=agent,
        confidence=response.confidence,
        criticality=response.criticality,
        result=result,
        factors=response.factors,
        entities=response.entities,
        governance_status=response.governance_status,
        trace_id=response.trace_id,
        attributes=_attributes(result, indexed, now),
        escalated_to=response.escalations,
    )


def log_decision(
    logs: AgentLogs, operation: str, response: DecisionShape, *, channel: str, escalated: str
) -> None:
    """Write a line about a decision, and one about what it escalated.

    Args:
        logs: the agent's logs.
        operation: what decided.
        response: the decision.
        channel: the channel that tells of decisions.
        escalated: the channel that tells of escalations.

    Raises:
        ConfigError: no such channel is declared.
    """
    logs.channel(channel).info(
        "decided",
        operation=operation,
        decision_id=response.decision_id,
        confidence=response.confidence,
        criticality=response.criticality,
    )
    if response.escalations:
        logs.channel(escalated).warning(
            "escalated", decision_id=response.decision_id, escalations=response.escalations
        )


def _attributes(
    result: Mapping[str, JsonValue], indexed: Collection[str], now: float
) -> dict[str, JsonValue]:
    attributes: dict[str, JsonValue] = {}
    for name in indexed:
        value = result.get(name)
        if isinstance(value, str | int | float):
            attributes[name] = value
        elif name.endswith("timestamp"):
            attributes[name] = isoformat(now)
    return attributes
