"""Files that would overwrite each other: one path asked for twice, in whatever spelling."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generators.engine.findings import Finding, Place
from generators.engine.model.agent import Agent
from generators.engine.names import normal_stem

Places = Mapping[str, Mapping[str, Place]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Request:
    """A path that an agent is to own, and where its schema asks for it."""

    agent: Agent
    path: str
    pointer: str


def check_clashes(agents: Mapping[str, Agent], places: Places) -> Iterator[Finding]:
    """Yield each file that has the path of an earlier one.

    Two paths are one if they differ only in upper and lower case, as on file systems that do not
    tell these apart, or, for modules, in underscores, as `governancebridge.py` does from
    `governance_bridge.py`: both name the same thing.

    Args:
        agents: by id, in order of appearance.
        places: by agent id, the place of each pointer.
    """
    first: dict[str, _Request] = {}
    for agent in agents.values():
        for request in _requests(agent):
            folder, _, name = request.path.lower().rpartition("/")
            known = first.setdefault(f"{folder}/{normal_stem(name)}", request)
            if known is not request and not _share_root(known.agent, agent):
                yield _clash(request, known, places)


def _share_root(one: Agent, other: Agent) -> bool:
    """Tell whether two agents have one rootpath, which has its own finding."""
    return one is not other and one.rootpath.lower() == other.rootpath.lower()


def _requests(agent: Agent) -> Iterator[_Request]:
    for file in agent.instructions.generate_files:
        path = file.path if file.stem != "__init__" else f"{file.path.folder}/(init).py"
        yield _Request(agent=agent, path=path, pointer=file.pointer)
    manifest = agent.instructions.manifest
    if manifest is not None:
        pointer = "/cursorinstructions/postgeneration/manifest"
        yield _Request(agent=agent, path=manifest, pointer=pointer)


def _clash(second: _Request, first: _Request, places: Places) -> Finding:
    there = places[first.agent.agent_id].get(first.pointer)
    owner = "" if first.agent is second.agent else f" of {first.agent.agent_id}"
    return Finding(
        code="MD029",
        place=places[second.agent.agent_id].get(second.pointer, places[second.agent.agent_id][""]),
        agent=second.agent.agent_id,
        pointer=second.pointer,
        message=f"{second.path!r} is the same file as {first.path!r}{owner} ({there})",
        repair="keep one of the two, or rename one",
    )
