"""Where the files of a collection contradict each other: reported, never hidden.

The schemas win over maps. What no agent owns is external and is said to be so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generators.engine.findings import Finding, Place, Severity
from generators.engine.model.agent import Agent
from generators.engine.model.extractor_map import Expected, ExtractorMap, key_of
from generators.engine.model.relations import agent_names, find_cycle, normal_name
from generators.engine.names import normal_stem
from generators.engine.sources.derived import Derived

Places = Mapping[str, Mapping[str, Place]]
_NOTHING = "nothing needs to be done: the schema is followed"


def check_links(agents: Mapping[str, Agent], places: Places) -> Iterator[Finding]:
    """Yield what is odd about the links of agents and what they are connected to."""
    owners = {str(agent.rootpath): key for key, agent in agents.items()}
    for key, agent in agents.items():
        own = {normal_stem(file.path.name): file for file in agent.instructions.generate_files}
        for link in agent.instructions.link_existing:
            owner = owners.get(link.path.folder)
            place = _place(places, key, link.pointer)
            if owner is not None and link.path.endswith(".py"):
                yield from _check_owned(key, agents[owner], link.path, link.pointer, place)
            same = own.get(normal_stem(link.path.name))
            if same is not None and same.path != link.path:
                yield Finding(
                    code="MD026",
                    severity=Severity.NOTE,
                    agent=key,
                    place=place,
                    pointer=link.pointer,
                    message=f"{key} links {link.path} and generates {same.path}, of the same name",
                    repair="nothing needs to be done if both are meant; else remove one of them",
                )


def _check_owned(
    key: str, owner: Agent, path: str, pointer: str, place: Place
) -> Iterator[Finding]:
    """Yield a finding if `owner` does not generate the linked file."""
    made = [file.path for file in owner.instructions.generate_files]
    if path in made:
        return
    name = path.rpartition("/")[2]
    near = next((m for m in made if normal_stem(m.name) == normal_stem(name)), None)
    yield Finding(
        code="MD025",
        severity=Severity.ERROR if near else Severity.WARNING,
        agent=key,
        place=place,
        pointer=pointer,
        message=f"{path} is linked, but {owner.agent_id} does not generate it"
        + (f"; it generates {near}" if near else ""),
        repair=f"link {near}" if near else f"add {name} to generatefiles of {owner.agent_id}",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbours:
    """The agents of a collection as others may name them.

    Attributes:
        roots: their rootpaths.
        alike: the rootpaths that end in a folder, by its name.
        names: agent ids by each name they go under, normalised.
    """

    roots: frozenset[str]
    alike: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]

    @classmethod
    def of(cls, agents: Mapping[str, Agent]) -> "Neighbours":
        """Return how `agents`, by id, may be named."""
        alike: dict[str, tuple[str, ...]] = {}
        for agent in agents.values():
            name = agent.rootpath.name
            alike[name] = (*alike.get(name, ()), str(agent.rootpath))
        roots = frozenset(root for found in alike.values() for root in found)
        return cls(roots=roots, alike=alike, names=agent_names(agents))


def externals(agent: Agent, around: Neighbours, places: Mapping[str, Place]) -> Iterator[Derived]:
    """Yield what an agent is connected to and no agent owns: it is taken as external."""
    for index, written in enumerate(agent.connect_to):
        path = written.removesuffix("/")
        if path in around.roots:
            continue
        near = around.alike.get(path.rpartition("/")[2], ())
        pointer = f"/integration/connectto/{index}"
        yield Derived(
            pointer=pointer,
            place=places.get(pointer, places[""]),
            value=f"{path} is external",
            how="no agent here owns it" + (f"; it is not {', '.join(near)}" if near else ""),
        )
    yield from _outside(agent, around, places)


def _outside(agent: Agent, around: Neighbours, places: Mapping[str, Place]) -> Iterator[Derived]:
    """Yield hard dependencies that are no agents, as `governance` or `L9/worldmodel`."""
    declared = agent.data.get("depends_on")
    hard = declared.get("hard") if isinstance(declared, dict) else None
    for index, name in enumerate(hard if isinstance(hard, list) else ()):
        if normal_name(str(name)) in around.names:
            continue
        pointer = f"/depends_on/hard/{index}"
        place = places.get(pointer, places[""])
        value = f"{name} is external"
        yield Derived(pointer=pointer, place=place, value=value, how="no agent here is called so")


def check_map(
    found: ExtractorMap, agents: Mapping[str, Agent], order: tuple[str, ...]
) -> Iterator[Finding]:
    """Yield where an extractor map says something else than the schemas.

    Args:
        found: the map.
        agents: the agents by id.
        order: their ids in the order in which they are built.
    """
    names = agent_names(agents)
    by_root = {str(agent.rootpath): key for key, agent in agents.items()}
    expected: list[tuple[str, Expected]] = []
    for entry in found.agents:
        key = by_root.get(entry.rootpath or "") or names.get(normal_name(entry.agent))
        if key is None:
            yield _contradiction(
                "MD023", entry.place, f"the map lists {entry.agent!r}, which no schema describes"
            )
        else:
            expected.append((key, entry))
            yield from _check_counts(agents[key], entry)
    yield from _check_order(expected, order)
    yield from _check_edges(found, names, agents, expected)
    yield from _check_anchors(found, agents, expected)


def _check_counts(agent: Agent, entry: Expected) -> Iterator[Finding]:
    files = agent.instructions.generate_files
    inner = sum(file.stem == "__init__" for file in files)
    if entry.modules and entry.modules[0] not in (len(files), len(files) - inner):
        count, place = entry.modules
        shown = f"{len(files)} ({len(files) - inner} and __init__)" if inner else str(len(files))
        message = f"the map expects {count} modules of {agent.agent_id}, its schema lists {shown}"
        yield _contradiction("MD022", place, message)
    documents = agent.instructions.generate_docs
    if entry.documents and entry.documents[0] != len(documents):
        count, place = entry.documents
        message = (
            f"the map expects {count} documents of {agent.agent_id}, "
            f"its schema lists {len(documents)}"
        )
        yield _contradiction("MD022", place, message)
    if entry.rootpath and entry.rootpath != agent.rootpath:
        message = (
            f"the map puts {agent.agent_id} to {entry.rootpath}, its schema to {agent.rootpath}"
        )
        yield _contradiction("MD022", entry.place, message)


def _check_order(expected: list[tuple[str, Expected]], order: tuple[str, ...]) -> Iterator[Finding]:
    listed = [key for key, _ in expected]
    built = [key for key in order if key in listed]
    if listed != built:
        message = f"the map extracts {', '.join(listed)}; the schemas give {', '.join(built)}"
        yield _contradiction("MD023", expected[0][1].place, message)


def _check_edges(
    found: ExtractorMap,
    names: Mapping[str, str],
    agents: Mapping[str, Agent],
    expected: list[tuple[str, Expected]],
) -> Iterator[Finding]:
    """Yield a cycle among the map's arrows, and arrows that go against the schemas."""
    listed = {normal_name(entry.agent): key for key, entry in expected}
    edges: dict[str, tuple[str, ...]] = {}
    against: list[str] = []
    for edge in found.edges:
        start, end = (_agent_of(text, {**names, **listed}) for text in (edge.start, edge.end))
        edges[start] = (*edges.get(start, ()), end)
        edges.setdefault(end, ())
        if start in agents and end in agents and end in agents[start].depends_on.hard:
            against.append(f"{edge.start} -> {edge.end}")
    if not found.edges:
        return
    place = found.edges[0].place
    cycle = find_cycle(edges)
    if cycle:
        message = f"the arrows of the map form a cycle: {' -> '.join((*cycle, cycle[0]))}"
        yield _contradiction("MD024", place, message)
    if against and len(against) < len(found.edges):
        message = (
            "the arrows of the map change their meaning: most lead from what is needed to who "
            f"needs it, but not {', '.join(against)}"
        )
        yield _contradiction("MD024", place, message)


def _agent_of(text: str, names: Mapping[str, str]) -> str:
    """Return the agent that a short name in a map stands for, else the text itself."""
    wanted = key_of(text)
    if wanted in names:
        return names[wanted]
    ends = {key for name, key in names.items() if name.endswith(wanted) or name.startswith(wanted)}
    words = {key for name, key in names.items() if wanted in name}
    near = ends if len(ends) == 1 else words
    return next(iter(near)) if len(near) == 1 else text


def _check_anchors(
    found: ExtractorMap, agents: Mapping[str, Agent], expected: list[tuple[str, Expected]]
) -> Iterator[Finding]:
    known = {key_of(anchor) for anchor in found.anchors}
    named = dict.fromkeys(a for agent in agents.values() for a in agent.governance.anchors)
    missing = [anchor for anchor in named if key_of(anchor) not in known]
    if found.anchors and missing and expected:
        message = f"schemas escalate to {', '.join(missing)}, whom the map does not list"
        yield _contradiction("MD028", expected[0][1].place, message)


def _contradiction(code: str, place: Place, message: str) -> Finding:
    return Finding(
        code=code, severity=Severity.WARNING, place=place, message=message, repair=_NOTHING
    )


def _place(places: Places, key: str, pointer: str) -> Place:
    return places[key].get(pointer, places[key][""])
