"""How agents relate: names of dependencies resolved to ids, and what makes the whole impossible."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from generators.engine.findings import Finding, Place
from generators.engine.model.agent import Agent, Dependencies
from generators.engine.names import normal_stem

Places = Mapping[str, Mapping[str, Place]]

_SLIP = 0.84  # likeness of two names from which one can only be a slip of the other


def relate_agents(
    agents: Mapping[str, Agent], places: Places, unusable: frozenset[str] = frozenset()
) -> tuple[tuple[Agent, ...], list[Finding]]:
    """Resolve dependencies among `agents`; collection-level contradictions become findings.

    Args:
        agents: by agent id, in order of appearance.
        places: by agent id, the place of each pointer.
        unusable: names of agents whose schemas cannot be used, normalised.
    """
    findings = _shared_rootpaths(agents, places)
    names = agent_names(agents)
    related: dict[str, Agent] = {}
    for key, agent in agents.items():
        related[key] = _resolve(agent, agents, names)
        findings += _lost(agent, names, places[key], unusable)
    findings += _cycles(related, places)
    return tuple(related.values()), findings


def _resolve(agent: Agent, agents: Mapping[str, Agent], names: Mapping[str, str]) -> Agent:
    """Replace aliases by ids; without `depends_on`, derive it from rootpaths in `connectto`.

    A hard dependency that is no agent here is something outside, and orders nothing.
    """
    declared = agent.depends_on
    if declared.derived:
        others = (other for other in agents.values() if other is not agent)
        by_root = {str(other.rootpath): str(other.agent_id) for other in others}
        paths = (entry.removesuffix("/") for entry in agent.connect_to)
        hard = tuple(dict.fromkeys(by_root[path] for path in paths if path in by_root))
        return replace(agent, depends_on=Dependencies(hard=hard, soft=(), derived=True))
    found = (names.get(normal_name(name)) for name in declared.hard)
    hard = tuple(dict.fromkeys(name for name in found if name is not None))
    soft = tuple(names.get(normal_name(name), name) for name in declared.soft)
    return replace(agent, depends_on=Dependencies(hard=hard, soft=soft, derived=False))


def _lost(
    agent: Agent, names: Mapping[str, str], places: Mapping[str, Place], unusable: frozenset[str]
) -> Iterator[Finding]:
    """Yield dependencies that cannot be outside: slips of a name, and agents that are unusable."""
    derived = agent.depends_on.derived
    written = agent.connect_to if derived else agent.depends_on.hard
    for index, name in enumerate(written):
        wanted = normal_name(name)
        sure = derived or wanted in names
        near = [] if sure else get_close_matches(wanted, list(names), n=1, cutoff=_SLIP)
        if wanted in unusable:
            why, repair = "whose schema cannot be used", "mend that schema first"
        elif near:
            why = f"which is all but the name of {names[near[0]]}"
            repair = f"write {names[near[0]]}, or a name that cannot be confused with it"
        else:
            continue
        pointer = f"/integration/connectto/{index}" if derived else f"/depends_on/hard/{index}"
        yield Finding(
            code="MD012",
            place=places.get(pointer, places[""]),
            agent=agent.agent_id,
            pointer=pointer,
            message=f"{agent.agent_id} depends on {name!r}, {why}",
            repair=repair,
        )


def agent_names(agents: Mapping[str, Agent]) -> dict[str, str]:
    """Return agent ids by each name an agent goes under, normalised; shared names stand for none.

    `TensorAIOS`, `tensoraios`, `L9 TensorAIOS Core Service` and `TensorAIOS Core Service` are one.
    """
    found: dict[str, set[str]] = {}
    for key, agent in agents.items():
        namespace = agent.rootpath.partition("/")[0]
        system = agent.system.removeprefix(f"{namespace} ")
        for text in (agent.agent_id, agent.name, agent.rootpath, agent.system, system):
            found.setdefault(normal_name(text), set()).add(key)
    sure = {name: next(iter(keys)) for name, keys in found.items() if len(keys) == 1}
    return {**sure, **{normal_name(key): key for key in agents}}


def normal_name(name: str) -> str:
    """Return the name of an agent as it is compared."""
    return normal_stem(name.replace(" ", "").removesuffix("/"))


def _shared_rootpaths(agents: Mapping[str, Agent], places: Places) -> list[Finding]:
    findings = []
    owners: dict[str, str] = {}
    for key, agent in agents.items():
        first = owners.setdefault(agent.rootpath.lower(), key)
        if first != key:
            there = places[first].get("/rootpath")
            findings.append(
                Finding(
                    code="MD014",
                    place=places[key].get("/rootpath", places[key][""]),
                    pointer="/rootpath",
                    message=f"{key} and {first} ({there}) both have the rootpath {agent.rootpath}",
                    repair="give each agent a rootpath of its own",
                )
            )
    return findings


def _cycles(agents: Mapping[str, Agent], places: Places) -> list[Finding]:
    cycle = find_cycle({key: agent.depends_on.hard for key, agent in agents.items()})
    if not cycle:
        return []
    start = cycle[0]
    place = places[start].get("/depends_on/hard", places[start][""])
    return [
        Finding(
            code="MD015",
            place=place,
            pointer="/depends_on/hard",
            message=f"the hard dependencies form a cycle: {' -> '.join((*cycle, start))}",
            repair="move one of these dependencies to depends_on.soft",
        )
    ]


def find_cycle(edges: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the nodes of one cycle in order, or nothing."""
    done: set[str] = set()
    for start in edges:
        path: list[str] = []
        stack = [(start, iter(edges[start]))]
        path.append(start)
        while stack:
            node, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                done.add(node)
                path.pop()
                stack.pop()
            elif target in path:
                return tuple(path[path.index(target) :])
            elif target not in done:
                path.append(target)
                stack.append((target, iter(edges.get(target, ()))))
    return ()
