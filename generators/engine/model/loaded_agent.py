"""From what a schema says to its agent: answers applied, validated, resolved."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace

from generators.engine.findings import Finding, Place
from generators.engine.model.agent import Agent
from generators.engine.model.agent_reading import AgentReading
from generators.engine.model.answers import apply_answers
from generators.engine.model.derivations import derived_facts
from generators.engine.model.normal_form import normal_form
from generators.engine.model.resolve_agent import resolve_agent
from generators.engine.model.schema_check import SchemaCheck, schema_findings
from generators.engine.sources.canonical import Plain
from generators.engine.sources.derived import Derived


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedAgent:
    """One agent with what is needed to cite and normalise it."""

    agent: Agent
    purposes: Mapping[str, str]
    places: Mapping[str, Place]
    findings: tuple[Finding, ...]
    derived: tuple[Derived, ...]
    dialect: str
    documents: int

    @property
    def normalised(self) -> bytes:
        """Return its normalised form, with answers."""
        return normal_form(self.agent.data, self.purposes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """The user's answers, and where each stands: by agent id, then by pointer."""

    values: Mapping[str, Mapping[str, Plain]]
    places: Mapping[str, Mapping[str, Place]]


def load_agent(
    reading: AgentReading, check: SchemaCheck, answers: Answers
) -> tuple[LoadedAgent | None, tuple[Finding, ...]]:
    """Return the agent that a schema describes, None if it cannot be named, and all findings."""
    places = reading.places
    data = reading.data

    def locate(pointer: str) -> Place:
        while pointer and pointer not in places:
            pointer = pointer.rpartition("/")[0]
        return places[pointer]

    agent, complaints = resolve_agent(data, reading.purposes, locate)
    if agent is not None and agent.agent_id in answers.values:
        answered = deepcopy(dict(data))
        apply_answers(answered, answers.values[agent.agent_id])
        data = answered
        places = {**places, **answers.places.get(agent.agent_id, {})}
        agent, complaints = resolve_agent(data, reading.purposes, locate)
    found = (*reading.findings, *schema_findings(check, data, places), *complaints)
    if agent is None:
        label = str(data.get("name", "an agent"))
        return None, tuple(replace(finding, agent=label) for finding in found)
    findings = tuple(replace(finding, agent=agent.agent_id) for finding in found)
    loaded = LoadedAgent(
        agent=agent,
        purposes=reading.purposes,
        places=places,
        findings=findings,
        derived=(*reading.derived, *derived_facts(agent, locate)),
        dialect=reading.dialect,
        documents=reading.documents,
    )
    return loaded, findings
