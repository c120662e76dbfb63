"""From the files of a collection to its model: read, canonicalise, validate, resolve, relate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush

from generators.engine.findings import Finding, Place, has_errors, sort_findings
from generators.engine.model.agent import Agent, Collection
from generators.engine.model.agent_reading import AgentReading, read_agent
from generators.engine.model.clashes import check_clashes
from generators.engine.model.contradictions import Neighbours, check_links, check_map, externals
from generators.engine.model.extractor_map import read_map
from generators.engine.model.file_reading import FileReading
from generators.engine.model.loaded_agent import Answers, LoadedAgent, load_agent
from generators.engine.model.relations import relate_agents
from generators.engine.model.schema_check import SchemaCheck, schema_findings
from generators.engine.names import Identifier
from generators.engine.sources.canonical import JsonSchema, Plain, canonicalise, normal_key
from generators.engine.sources.collection import CollectionSource, read_collection
from generators.engine.sources.nodes import Map, Seq

__all__ = ["LoadedAgent", "LoadedModel", "known_sections", "load_model"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedModel:
    """A collection as read: the agents that could be resolved, and all findings.

    `blocked` gives, by agent id, why an agent must not be built; `fatal` tells that the whole
    collection must not be (two agents on one rootpath, a cycle, a file that cannot be read).
    """

    collection: Collection
    agents: Mapping[str, LoadedAgent]
    findings: tuple[Finding, ...]
    blocked: Mapping[str, tuple[str, ...]]
    fatal: bool


def load_model(
    name: str,
    files: Mapping[str, bytes],
    *,
    agent_schema: JsonSchema,
    collection_schema: JsonSchema,
    answers: Mapping[str, Mapping[str, Plain]],
    answer_places: Mapping[str, Mapping[str, Place]] | None = None,
    readings: Mapping[str, FileReading] | None = None,
) -> LoadedModel:
    """Build the model of collection `name`.

    Args:
        name: the collection's name, a Python identifier.
        files: its source files by the name that places carry.
        agent_schema: JSON Schema of one agent.
        collection_schema: JSON Schema of the front matter.
        answers: the user's answers, by agent id, then by pointer.
        answer_places: where each answer stands, likewise.
        readings: what some of the files say by themselves, if they were read before.
    """
    readings = readings or {}
    source = read_collection(files, known_sections(agent_schema), frozenset(readings))
    findings = [*source.findings, *(f for each in readings.values() for f in each.findings)]
    main_file = min(files, default=name)
    front: Mapping[str, Plain] = {}
    if source.front_matter is not None:
        front, complaints = _validated(source.front_matter, collection_schema, "MD010")
        findings += complaints
    unreadable = has_errors(findings)
    if not source.agents and not readings and not unreadable:
        findings.append(
            Finding(
                code="MD011",
                place=Place(file=main_file),
                message="no agent schema found",
                repair="write a YAML block with system, module, name, role, rootpath and so on",
            )
        )
    loaded: dict[str, LoadedAgent] = {}
    unusable: set[str] = set()
    check = SchemaCheck(agent_schema)
    given = Answers(values=answers, places=answer_places or {})
    for entry in _agents(source, readings, agent_schema):
        agent, found = load_agent(entry, check, given)
        findings += found
        if agent is not None and agent.agent.agent_id in loaded:
            findings.append(_twice(agent))
        elif agent is not None:
            loaded[str(agent.agent.agent_id)] = agent
        else:
            unusable.update(entry.names)
    places = {key: item.places for key, item in loaded.items()}
    known = {key: item.agent for key, item in loaded.items()}
    agents, complaints = relate_agents(known, places, frozenset(unusable))
    findings += complaints
    related = {str(agent.agent_id): agent for agent in agents}
    findings += check_links(related, places)
    findings += check_clashes(related, places)
    for node in source.maps:
        findings += check_map(read_map(node), related, _build_order(agents))
    findings += _missing_agents(front, loaded, source.front_matter)
    title, version = str(front.get("title", name)), str(front.get("version", "0.0.0"))
    collection = Collection(name=Identifier(name), title=title, version=version, agents=agents)
    around = Neighbours.of(related)
    return LoadedModel(
        collection=collection,
        agents={a.agent_id: _related(loaded[a.agent_id], a, around) for a in agents},
        findings=sort_findings(findings),
        blocked=_blocked(agents, findings),
        fatal=any(f.agent is None and f.severity == "error" for f in findings),
    )


def _agents(
    source: CollectionSource, readings: Mapping[str, FileReading], schema: JsonSchema
) -> Iterator[AgentReading]:
    """Yield what each agent's schema says, in the order in which the files name them."""
    for number in range(len(source.agents) + 1):
        for file in source.apart.get(number, ()):
            yield from readings[file].agents
        if number < len(source.agents):
            yield read_agent(source.agents[number], schema)


def _related(item: LoadedAgent, agent: Agent, around: Neighbours) -> LoadedAgent:
    outside = tuple(externals(agent, around, item.places))
    return replace(item, agent=agent, derived=(*item.derived, *outside))


def _build_order(agents: tuple[Agent, ...]) -> tuple[str, ...]:
    """Return agent ids, each behind what it depends on, else in order of appearance."""
    numbers = {str(agent.agent_id): number for number, agent in enumerate(agents)}
    waits = {
        key: {h for h in agents[n].depends_on.hard if h in numbers} for key, n in numbers.items()
    }
    users: dict[str, list[str]] = {key: [] for key in numbers}
    for key, hard in waits.items():
        for needed in hard:
            users[needed].append(key)
    order: dict[str, None] = {}
    ready = [numbers[key] for key, hard in waits.items() if not hard]
    heapify(ready)
    while ready:
        taken = str(agents[heappop(ready)].agent_id)
        order[taken] = None
        for user in users[taken]:
            waits[user].discard(taken)
            if not waits[user]:
                heappush(ready, numbers[user])
    return (*order, *(key for key in numbers if key not in order))


def known_sections(schema: JsonSchema) -> frozenset[str]:
    """Return the top-level keys of agent schemas, normalised, with their other spellings."""
    names: list[str] = []
    for word in ("properties", "x-aliases"):
        section = schema.get(word)
        names += [str(name) for name in section] if isinstance(section, Mapping) else []
    return frozenset(normal_key(name) for name in names)


def _missing_agents(
    front: Mapping[str, Plain], loaded: Mapping[str, LoadedAgent], node: Map | None
) -> list[Finding]:
    """Name each agent that the front matter expects and no block describes."""
    expected = front.get("agents")
    listed = node.get("agents") if node is not None else None
    if not isinstance(expected, list) or not isinstance(listed, Seq):
        return []
    return [
        Finding(
            code="MD016",
            place=entry.place,
            agent=str(agent_id),
            message=f"the agent {agent_id} is expected, but no readable schema describes it",
            repair="write its schema in this collection, or take it off the list of agents",
        )
        for agent_id, entry in zip(expected, listed.items, strict=True)
        if agent_id not in loaded
    ]


def _validated(
    node: Map, schema: JsonSchema, code: str
) -> tuple[Mapping[str, Plain], list[Finding]]:
    canonical = canonicalise(node, schema)
    data = canonical.data if isinstance(canonical.data, dict) else {}
    complaints = schema_findings(SchemaCheck(schema), data, canonical.places, code)
    findings = [*canonical.findings, *complaints]
    return data, findings


def _twice(second: LoadedAgent) -> Finding:
    return Finding(
        code="MD013",
        place=second.places[""],
        message=f"two agents have the id {second.agent.agent_id}",
        repair="give one of them another agent_id",
    )


def _blocked(agents: tuple[Agent, ...], findings: list[Finding]) -> dict[str, tuple[str, ...]]:
    """Return why agents are stopped: their own errors, and those of what they are built on."""
    errors: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.agent is not None and finding.severity == "error":
            errors.setdefault(finding.agent, []).append(finding)
    stopped = {
        str(agent.agent_id): tuple(
            f"{f.code} {f.place}: {f.message}" for f in errors[agent.agent_id]
        )
        for agent in agents
        if agent.agent_id in errors
    }
    spread = bool(stopped)
    while spread:
        spread = False
        for agent in agents:
            upstream = [name for name in agent.depends_on.hard if name in stopped]
            if upstream and agent.agent_id not in stopped:
                why = tuple(f"needs {name}, which is stopped" for name in upstream)
                stopped[str(agent.agent_id)] = why
                spread = True
    return stopped
