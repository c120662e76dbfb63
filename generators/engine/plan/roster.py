"""Which agents a client module speaks to: those that the beginning of its file name names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from generators.engine.model.agent import Agent
from generators.engine.names import camel_case, normal_stem
from generators.engine.patterns.context import Target
from generators.engine.patterns.library import Library
from generators.engine.sources.canonical import Plain

_KINDS_OF_AGENT: Final = {"domainadapter": "adapter"}
"""Names that all agents of a schema's `module` have in common."""
_WHOEVER: Final = ("domain", "peer")
"""Names that mean the agents that an agent is wired to, whatever they are called."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Roster:
    """The agents of a collection by the names that files call them.

    Attributes:
        single: label (its class name) and id by each name of one agent, in normal form.
        shared: ids by each name that agents share: the last word of their ids, or their kind.
        wired: ids that an agent has a wiring to, by its id.
    """

    single: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    shared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wired: Mapping[str, frozenset[str]] = field(default_factory=dict)


def make_roster(agents: Iterable[Agent], glue: Mapping[str, Plain]) -> Roster:
    """Return the names of `agents`, and who of them is wired to whom."""
    single: dict[str, tuple[str, str]] = {}
    shared: dict[str, list[str]] = {}
    wired: dict[str, set[str]] = {}
    for agent in agents:
        agent_id = str(agent.agent_id)
        for name in (agent_id, agent.name):
            single.setdefault(normal_stem(name), (agent_id, camel_case(agent.name)))
        last = agent_id.rpartition("_")[2]
        for name in dict.fromkeys((last, _KINDS_OF_AGENT.get(agent.module, last))):
            shared.setdefault(normal_stem(name), []).append(agent_id)
    for wiring in wirings(glue):
        wired.setdefault(str(wiring["from_agent"]), set()).add(str(wiring["to_agent"]))
    return Roster(
        single=single,
        shared={name: tuple(ids) for name, ids in shared.items()},
        wired={name: frozenset(ids) for name, ids in wired.items()},
    )


def wirings(glue: Mapping[str, Plain]) -> tuple[Mapping[str, Plain], ...]:
    """Return the wirings of the glue."""
    found = glue.get("wirings")
    return (
        tuple(each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()
    )


def targets_of(agent: Agent, library: Library, roster: Roster) -> dict[str, Target]:
    """Return whom the client modules of `agent` speak to, by the stem of the file."""
    found: dict[str, Target] = {}
    for file in agent.instructions.generate_files:
        for suffix in library.target_suffixes:
            stem = normal_stem(file.stem)
            if stem.endswith(suffix) and file.stem not in found:
                target = _named(stem.removesuffix(suffix), str(agent.agent_id), roster)
                if target is not None:
                    found[file.stem] = target
    return found


def _named(name: str, own: str, roster: Roster) -> Target | None:
    """Return the agents of a name; of a shared name those that the agent is wired to, if any."""
    agent_id, label = roster.single.get(name, ("", ""))
    if agent_id and agent_id != own:
        return Target(name=agent_id, label=label, agents=(agent_id,), shared=False)
    linked = roster.wired.get(own, frozenset())
    known = {agent for agent, _ in roster.single.values()}
    others = tuple(each for each in roster.shared.get(name, ()) if each != own)
    if not others and name in _WHOEVER:
        others = tuple(sorted(linked & known - {own}))
        if len(others) == 1:
            return Target(name=name, label=camel_case(name), agents=others, shared=False)
    wired = tuple(each for each in others if each in linked)
    if not others:
        return None
    return Target(name=name, label=camel_case(name), agents=wired or others, shared=True)


def peers_of(agent: Agent, roster: Roster, targets: Mapping[str, Target]) -> tuple[str, ...]:
    """Return the other agents whose interfaces the patterns of `agent` may look at, sorted."""
    own = str(agent.agent_id)
    known = {agent_id for agent_id, _ in roster.single.values()}
    named = {each for target in targets.values() for each in target.agents}
    wired = roster.wired.get(own, frozenset()) & known
    return tuple(sorted((named | wired | {*agent.depends_on.hard}) & known - {own}))
