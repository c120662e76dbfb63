"""From the files of a collection to its model: read, canonicalise, validate, resolve, relate."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from generators.engine.findings import Finding, Place, has_errors, sort_findings
from generators.engine.model.agent import Agent, Collection
from generators.engine.model.answers import apply_answers
from generators.engine.model.clashes import check_clashes
from generators.engine.model.contradictions import check_links, check_map, externals
from generators.engine.model.derivations import derived_facts, read_quantity
from generators.engine.model.extractor_map import read_map
from generators.engine.model.normal_form import normal_form
from generators.engine.model.relations import normal_name, relate_agents
from generators.engine.model.resolve_agent import resolve_agent
from generators.engine.names import Identifier
from generators.engine.sources.canonical import JsonSchema, Plain, canonicalise, escape, normal_key
from generators.engine.sources.collection import AgentSource, read_collection
from generators.engine.sources.derived import Derived
from generators.engine.sources.foreign import find
from generators.engine.sources.nodes import Map, Scalar, Seq


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedAgent:
    """One agent with what is needed to cite and normalise it."""

    agent: Agent
    normalised: bytes
    places: Mapping[str, Place]
    findings: tuple[Finding, ...]
    source: AgentSource
    derived: tuple[Derived, ...]


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
) -> LoadedModel:
    """Build the model of collection `name`.

    Args:
        name: the collection's name, a Python identifier.
        files: its source files by the name that places carry.
        agent_schema: JSON Schema of one agent.
        collection_schema: JSON Schema of the front matter.
        answers: the user's answers, by agent id, then by pointer.
        answer_places: where each answer stands, likewise.
    """
    source = read_collection(files, known_sections(agent_schema))
    findings = list(source.findings)
    main_file = min(files, default=name)
    front: Mapping[str, Plain] = {}
    if source.front_matter is not None:
        front, complaints = _validated(source.front_matter, collection_schema, "MD010")
        findings += complaints
    unreadable = has_errors(findings)
    if not source.agents and not unreadable:
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
    for entry in source.agents:
        agent, complaints = _load_agent(entry, agent_schema, answers, answer_places or {})
        findings += complaints
        if agent is not None and agent.agent.agent_id in loaded:
            findings.append(_twice(agent))
        elif agent is not None:
            loaded[str(agent.agent.agent_id)] = agent
        else:
            unusable |= _names(entry.node)
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
    return LoadedModel(
        collection=collection,
        agents={a.agent_id: _related(loaded[a.agent_id], a, related) for a in agents},
        findings=sort_findings(findings),
        blocked=_blocked(agents, findings),
        fatal=any(f.agent is None and f.severity == "error" for f in findings),
    )


def _names(node: Map) -> set[str]:
    """Return the names under which others may know the agent of a schema."""
    values = (find(node, key) for key in ("name", "system", "rootpath"))
    return {normal_name(value.text) for value in values if isinstance(value, Scalar)}


def _related(item: LoadedAgent, agent: Agent, agents: Mapping[str, Agent]) -> LoadedAgent:
    outside = tuple(externals(agent, agents, item.places))
    return replace(item, agent=agent, derived=(*item.derived, *outside))


def _build_order(agents: tuple[Agent, ...]) -> tuple[str, ...]:
    """Return agent ids, each behind what it depends on, else in order of appearance."""
    order: list[str] = []
    left = {str(agent.agent_id): agent.depends_on.hard for agent in agents}
    while left:
        ready = [key for key, hard in left.items() if not set(hard) & set(left)]
        taken = ready[0] if ready else next(iter(left))
        order.append(taken)
        del left[taken]
    return tuple(order)


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


def _load_agent(
    entry: AgentSource,
    schema: JsonSchema,
    answers: Mapping[str, Mapping[str, Plain]],
    answer_places: Mapping[str, Mapping[str, Place]],
) -> tuple[LoadedAgent | None, list[Finding]]:
    canonical = canonicalise(entry.node, schema, read_quantity)
    data = canonical.data if isinstance(canonical.data, dict) else {}
    places = dict(canonical.places)
    findings = [*entry.findings, *canonical.findings]

    def locate(pointer: str) -> Place:
        while pointer and pointer not in places:
            pointer = pointer.rpartition("/")[0]
        return places[pointer]

    agent, complaints = resolve_agent(data, canonical.comments, locate)
    if agent is not None and agent.agent_id in answers:
        apply_answers(data, answers[agent.agent_id])
        places.update(answer_places.get(agent.agent_id, {}))
        agent, complaints = resolve_agent(data, canonical.comments, locate)
    findings += _schema_findings(data, schema, places, "MD001")
    findings += complaints
    if agent is None:
        label = str(data.get("name", "an agent"))
        return None, [replace(f, agent=label) for f in findings]
    findings = [replace(finding, agent=agent.agent_id) for finding in findings]
    normalised = normal_form(data, canonical.comments)
    return (
        LoadedAgent(
            agent=agent,
            normalised=normalised,
            places=places,
            findings=tuple(findings),
            source=entry,
            derived=(*entry.derived, *canonical.derived, *derived_facts(agent, locate)),
        ),
        findings,
    )


def _validated(
    node: Map, schema: JsonSchema, code: str
) -> tuple[Mapping[str, Plain], list[Finding]]:
    canonical = canonicalise(node, schema)
    data = canonical.data if isinstance(canonical.data, dict) else {}
    findings = [*canonical.findings, *_schema_findings(data, schema, canonical.places, code)]
    return data, findings


def _schema_findings(
    data: Mapping[str, Plain], schema: JsonSchema, places: Mapping[str, Place], code: str
) -> list[Finding]:
    validator = Draft202012Validator(dict(schema))
    return [_schema_finding(error, places, code) for error in validator.iter_errors(dict(data))]


def _schema_finding(error: ValidationError, places: Mapping[str, Place], code: str) -> Finding:
    pointer = "".join(f"/{escape(str(part))}" for part in error.absolute_path)
    place = places.get(pointer, places[""])
    where = pointer or "the agent"
    if error.validator == "required":
        missing = re.findall(r"^'(.+)' is a required property", error.message)
        return Finding(
            code=code,
            place=place,
            pointer=pointer,
            message=f"{where} lacks {', '.join(missing)}",
            repair=f"add {missing[0]}: {_describe(error.schema, missing[0])}",
        )
    wanted = error.schema.get("description") if isinstance(error.schema, dict) else None
    return Finding(
        code=code,
        place=place,
        pointer=pointer,
        message=f"{where}: {error.message[:200]}",
        repair=str(wanted or f"make it fit {error.validator} {error.validator_value!r}")[:200],
    )


def _describe(schema: object, key: str) -> str:
    properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
    entry = properties.get(key, {})
    return str(entry.get("description", "a value"))


def _twice(second: LoadedAgent) -> Finding:
    return Finding(
        code="MD013",
        place=second.places[""],
        message=f"two agents have the id {second.agent.agent_id}",
        repair="give one of them another agent_id",
    )


def _blocked(agents: tuple[Agent, ...], findings: list[Finding]) -> dict[str, tuple[str, ...]]:
    """Return why agents are stopped: their own errors, and those of what they are built on."""
    stopped: dict[str, tuple[str, ...]] = {}
    for agent in agents:
        own = [f for f in findings if f.agent == agent.agent_id and f.severity == "error"]
        if own:
            stopped[agent.agent_id] = tuple(f"{f.code} {f.place}: {f.message}" for f in own)
    for _ in agents:
        for agent in agents:
            upstream = [name for name in agent.depends_on.hard if name in stopped]
            if upstream and agent.agent_id not in stopped:
                stopped[agent.agent_id] = tuple(
                    f"needs {name}, which is stopped" for name in upstream
                )
    return stopped
