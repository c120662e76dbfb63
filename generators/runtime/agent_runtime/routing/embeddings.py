"""Compares, groups and caches the embeddings that a tensor layer returns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

import numpy as np

from agent_runtime.errors import InputBoundsError
from agent_runtime.guards import checked_output, finite_vector
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.embeddings import MOST_ENTITIES, EmbeddingRequest, EmbeddingResponse
from agent_runtime.values import JsonValue

Vector = tuple[float, ...]
Embed = Callable[[EmbeddingRequest, Call], EmbeddingResponse]
"""Asks the tensor layer for embeddings."""

_KEY: Final = "embedding:"


class VectorMemory(Protocol):
    """Keeps values for a while; a generated memory bridge is one."""

    def cache(self, key: str, value: JsonValue) -> None:
        """Keep a value."""
        ...

    def cached(self, key: str) -> JsonValue:
        """Return a kept value, or None."""
        ...


class EmbeddingDesk:
    """Fetches embeddings, once for as long as working memory keeps them."""

    def __init__(self, embed: Embed, memory: VectorMemory | None = None) -> None:
        self._embed = embed
        self._memory = memory

    def vectors(self, entities: Sequence[str], call: Call) -> dict[str, Vector]:
        """Return the vector of each entity, all of one model version.

        Cached vectors of another version than what is fetched now are fetched again.

        Raises:
            AgentError: the tensor layer refused or could not be reached.
        """
        kept = self._kept(entities)
        versions = {version for version, _ in kept.values()}
        missing = [entity for entity in entities if entity not in kept or len(versions) > 1]
        if not missing:
            return {entity: kept[entity][1] for entity in entities}
        version, fetched = self._fetch(missing, call)
        stale = [
            entity for entity in entities if entity not in fetched and kept[entity][0] != version
        ]
        if stale:
            _, again = self._fetch(stale, call)
            fetched.update(again)
        return {
            entity: fetched[entity] if entity in fetched else kept[entity][1] for entity in entities
        }

    def _kept(self, entities: Iterable[str]) -> dict[str, tuple[str, Vector]]:
        found: dict[str, tuple[str, Vector]] = {}
        for entity in entities:
            value = None if self._memory is None else self._memory.cached(_KEY + entity)
            if isinstance(value, Mapping):
                version, vector = value["version"], value["vector"]
                if isinstance(version, str) and isinstance(vector, list):
                    found[entity] = (version, tuple(float(number) for number in vector))
        return found

    def _fetch(self, entities: Sequence[str], call: Call) -> tuple[str, dict[str, Vector]]:
        vectors: dict[str, Vector] = {}
        version = ""
        for start in range(0, len(entities), MOST_ENTITIES):
            asked = tuple(entities[start : start + MOST_ENTITIES])
            response = self._embed(EmbeddingRequest(entities=asked), call)
            version = response.model_version
            for each in response.embeddings:
                vectors[each.entity] = each.vector
                if self._memory is not None:
                    self._memory.cache(
                        _KEY + each.entity, {"version": version, "vector": list(each.vector)}
                    )
        absent = [entity for entity in entities if entity not in vectors]
        if absent:
            raise InputBoundsError(f"the tensor layer embedded nothing for {', '.join(absent[:5])}")
        return version, vectors


def similarity(left: Sequence[float], right: Sequence[float]) -> float:
    """Return the cosine of two vectors (d,), -1 to 1.

    Raises:
        InputBoundsError: they differ in length, or one is not finite or has no direction.
    """
    a = finite_vector(left, name="left")
    b = finite_vector(right, name="right", length=len(a))
    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    if norms == 0.0:
        raise InputBoundsError("a vector of zeros has no direction")
    cosine = min(1.0, max(-1.0, float(a @ b) / norms))
    return float(checked_output(cosine, low=-1.0, high=1.0, name="cosine"))


def groups(vectors: Mapping[str, Sequence[float]], *, least: float) -> tuple[tuple[str, ...], ...]:
    """Return groups of entities that are chained by cosines of at least `least`.

    Groups are the connected parts of that graph (single linkage), largest first, then by name.

    Raises:
        InputBoundsError: `least` is not within -1 to 1, or vectors cannot be compared.
    """
    if not -1.0 <= least <= 1.0:
        raise InputBoundsError(f"a cosine lies between -1 and 1, not at {least}")
    names = sorted(vectors)
    leader = {name: name for name in names}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for place, left in enumerate(names):
        for right in names[place + 1 :]:
            if similarity(vectors[left], vectors[right]) >= least:
                first, second = sorted((find(left), find(right)))
                leader[second] = first
    parts: dict[str, list[str]] = {}
    for name in names:
        parts.setdefault(find(name), []).append(name)
    return tuple(
        tuple(part) for part in sorted(parts.values(), key=lambda part: (-len(part), part))
    )
