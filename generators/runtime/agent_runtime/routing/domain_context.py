"""What a domain knows of the entities of a case: their relations, and how far they are trusted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final, Protocol

from agent_runtime.errors import MemoryLayerError
from agent_runtime.memory.semantic import Edge, Node
from agent_runtime.reasoning.case import Case

MOST_ENTITIES: Final = 50
"""How many entities of a case are looked up; the first ones of the candidates."""

TRUST: Final = "trust_score"
TRUSTS: Final = "TRUSTS"
CONFLICTS: Final = "CONFLICTS_WITH"


class EntityMemory(Protocol):
    """Where entities and their relations are known; a generated memory bridge is one."""

    def related(self, entity: str) -> tuple[tuple[Edge, Node], ...]:
        """Return the relations of an entity, each with what is at its other end."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainContext:
    """What is known of the entities of a case.

    Attributes:
        domain: whose they are.
        entities: the entities that were looked up, in the order of the candidates.
        relations: types of relations by entity, for entities that have any.
        trust: trust by entity, 0 to 1, for entities that somebody judged.
        conflicts: pairs of entities of the case that are known to be in conflict.
        unknown: entities that nothing is known of.
        gaps: what could not be looked up.
    """

    domain: str
    entities: tuple[str, ...]
    relations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    trust: Mapping[str, float] = field(default_factory=dict)
    conflicts: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()

    def factors(self) -> dict[str, float]:
        """Return what speaks for (above 0) or against (below 0) the case, -1 to 1.

        `domain_familiarity` is the share of known entities, scaled to -1..1; `domain_trust` the
        mean trust, scaled likewise; `domain_conflict` is -1 if two of its entities are in conflict.
        """
        found: dict[str, float] = {}
        if self.entities and not self.gaps:
            known = len(self.entities) - len(self.unknown)
            found["domain_familiarity"] = 2.0 * known / len(self.entities) - 1.0
        if self.trust:
            found["domain_trust"] = 2.0 * fmean(self.trust.values()) - 1.0
        if self.conflicts:
            found["domain_conflict"] = -1.0
        return found


def entities_of(case: Case) -> tuple[str, ...]:
    """Return the entities of the candidates, each once, in their order."""
    return tuple(
        dict.fromkeys(end for pair in case.candidates for end in (pair.subject, pair.object))
    )


def build_context(case: Case, memory: EntityMemory | None) -> DomainContext:
    """Look up the entities of a case; a memory that fails or is missing leaves a named gap."""
    entities = entities_of(case)[:MOST_ENTITIES]
    if memory is None:
        return DomainContext(
            domain=case.domain, entities=entities, gaps=("no memory of entities is wired",)
        )
    try:
        seen = {entity: memory.related(entity) for entity in entities}
    except MemoryLayerError as error:
        return DomainContext(domain=case.domain, entities=entities, gaps=(str(error),))
    inside = frozenset(entities)
    conflicts = {
        (min(entity, other.uid), max(entity, other.uid))
        for entity, relations in seen.items()
        for edge, other in relations
        if edge.edge_type == CONFLICTS and other.uid in inside
    }
    return DomainContext(
        domain=case.domain,
        entities=entities,
        relations={
            entity: tuple(sorted({edge.edge_type for edge, _ in relations}))
            for entity, relations in seen.items()
            if relations
        },
        trust={
            entity: fmean(values)
            for entity, relations in seen.items()
            if (values := _trust(entity, relations))
        },
        conflicts=tuple(sorted(conflicts)),
        unknown=tuple(entity for entity, relations in seen.items() if not relations),
    )


def _trust(entity: str, relations: tuple[tuple[Edge, Node], ...]) -> list[float]:
    """Return how far others trust an entity, by the edges of trust that lead to it."""
    values = [
        edge.properties.get(TRUST)
        for edge, _ in relations
        if edge.edge_type == TRUSTS and edge.target == entity
    ]
    return [
        float(value)
        for value in values
        if isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0
    ]
