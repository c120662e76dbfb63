"""Plan a whole collection: the sequence, the shared links, and each agent."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace

import msgspec

from generators.engine.model.agent import Agent, Collection
from generators.engine.patterns.library import Library
from generators.engine.plan.edges import served_agents, wired_edges
from generators.engine.plan.plan_agent import Surroundings, plan_agent
from generators.engine.plan.plan_links import links_unit_id, plan_links
from generators.engine.plan.plan_system import plan_system
from generators.engine.plan.roster import Roster
from generators.engine.plan.sequence import plan_sequence
from generators.engine.plan.unit_plan import CollectionPlan, UnitPlan
from generators.engine.sources.canonical import Plain

Ask = Callable[[UnitPlan, Agent], UnitPlan]
"""Adds to a unit the questions that only its patterns know."""


def plan_collection(
    collection: Collection,
    library: Library,
    *,
    namespace: str,
    facades: Mapping[str, str],
    max_parallel: int,
    blocked: Mapping[str, tuple[str, ...]],
    deferred: Mapping[str, str],
    default_docs: tuple[tuple[str, bool], ...] = (),
    linked: Mapping[str, str] | None = None,
    roster: Roster | None = None,
    ask: Ask | None = None,
    glue: Mapping[str, Plain] | None = None,
) -> CollectionPlan:
    """Decide everything that will be made for `collection`.

    Args:
        collection: its model, hard dependencies without a cycle.
        library: the patterns.
        namespace: root namespace of all paths.
        facades: pattern id by facade path.
        max_parallel: how many agents a parallel group may hold.
        blocked: why agents are stopped, by id.
        deferred: the user's reasons to leave agents for later, by id.
        default_docs: documents of agents that list none, see `with_default_docs`.
        linked: the file that each linked module is copied from, by its repository path.
        roster: the names of all agents, see `make_roster`.
        ask: asks the patterns themselves about a unit, see `pattern_asker`.
        glue: the glue of the collection, for the wirings.
    """
    needs = {str(agent.agent_id): agent.depends_on.hard for agent in collection.agents}
    sequence = plan_sequence(needs, max_parallel=max_parallel)
    around = Surroundings(
        library=library,
        namespace=namespace,
        facades=facades,
        rootpaths={agent.agent_id: agent.rootpath for agent in collection.agents},
        sequence={name: index for index, name in enumerate(sequence.order, start=1)},
        links_unit=links_unit_id(collection.name),
        blocked=blocked,
        deferred=deferred,
        default_docs=default_docs,
        linked=linked or {},
        roster=roster or Roster(),
    )
    planned: dict[str, UnitPlan] = {}
    for name in sequence.order:
        agent = collection.agent(name)
        unit = plan_agent(agent, around)
        if ask is not None and unit.buildable:
            unit = ask(unit, agent)
        planned[name] = _stopped_by_dependencies(unit, planned)
    buildable = [a for a in collection.agents if planned[a.agent_id].buildable]
    links = plan_links(
        collection.name, buildable, facades, library, namespace, linked=around.linked
    )
    built = tuple(name for name in sequence.order if planned[name].buildable)
    edges = wired_edges(glue or {}, planned.values())
    served = served_agents(planned.values())
    system = plan_system(collection.name, built, library, namespace, edges=edges, served=served)
    units = (*((links,) if links else ()), *planned.values(), *((system,) if system else ()))
    return CollectionPlan(
        collection=collection.name,
        title=collection.title,
        version=collection.version,
        units=units,
        groups=sequence.groups,
        digest=plan_digest(units),
    )


def plan_digest(units: tuple[UnitPlan, ...]) -> str:
    """Return the SHA-256 of all that the units decide, without line counts."""
    plain = [_decisions(unit) for unit in units]
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def _decisions(unit: UnitPlan) -> dict[str, object]:
    data = msgspec.to_builtins(unit)
    data.pop("line_counts")
    return {str(key): value for key, value in data.items()}


def _stopped_by_dependencies(unit: UnitPlan, planned: Mapping[str, UnitPlan]) -> UnitPlan:
    """An agent cannot be built on one that is not."""
    stopped = [name for name in unit.hard if name in planned and not planned[name].buildable]
    if not stopped or unit.deferred:
        return unit
    reasons = tuple(f"needs {name}, which is not built" for name in stopped)
    return replace(unit, blocked_by=(*unit.blocked_by, *reasons))
