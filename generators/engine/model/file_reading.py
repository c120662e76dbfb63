"""What one file says, if it can be understood without the other files of its collection."""

from dataclasses import dataclass

from generators.engine.findings import Finding
from generators.engine.model.agent_reading import AgentReading, read_agent
from generators.engine.sources.canonical import JsonSchema
from generators.engine.sources.collection import read_by_itself


@dataclass(frozen=True, kw_only=True, slots=True)
class FileReading:
    """The agents of one file in its order, and findings that concern none of them."""

    agents: tuple[AgentReading, ...]
    findings: tuple[Finding, ...]


def read_alone(
    name: str, content: bytes, known: frozenset[str], schema: JsonSchema
) -> FileReading | None:
    """Read a file that holds whole agents and nothing that concerns other files.

    Args:
        name: as places carry it.
        content: its bytes.
        known: top-level keys of agent schemas, normalised.
        schema: JSON Schema of agents.

    Returns:
        None if it has to be read with the others: it refers to them, or holds a map, glue, front
        matter of a collection or a section without its agent.
    """
    source = read_by_itself(name, content, known)
    if source is None:
        return None
    return FileReading(
        agents=tuple(read_agent(agent, schema) for agent in source.agents),
        findings=source.findings,
    )
