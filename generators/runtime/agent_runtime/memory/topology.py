"""What a schema declares about an agent's memory: one record a layer, None where none is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from agent_runtime.errors import ConfigError
from agent_runtime.personal import PersonalFields

SHARED_NODE_TYPES: Final = ("domain_entity", "agent_decision", "governance_policy")
"""Node types that every agent's semantic memory has, so that graphs of agents join."""

SHARED_EDGE_TYPES: Final = ("MATCHES", "INFLUENCES", "ESCALATED_TO")
"""Edge types that every agent's semantic memory has."""

_KEYSPACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_:.-]{0,126}")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_PREFIX = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}(/[A-Za-z0-9_][A-Za-z0-9_-]{0,63}){0,3}")


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingSpec:
    """Working memory: short-lived values under the agent's own keyspace.

    Attributes:
        keyspace: the declared pattern, e.g. ``tensoraios:working:*``.
        ttl_seconds: how long a value lives unless its writer says otherwise.
        purpose: the schema's words for what it holds.

    Raises:
        ConfigError: the keyspace is no ``name:*`` pattern, or the time to live is not positive.
    """

    keyspace: str
    ttl_seconds: float = 3600.0
    purpose: str = ""

    def __post_init__(self) -> None:
        if not _KEYSPACE.fullmatch(self.prefix):
            raise ConfigError(f"working memory keyspace {self.keyspace!r} is no name pattern")
        if not self.ttl_seconds > 0:
            raise ConfigError(f"working memory ttl_seconds must be above 0: {self.ttl_seconds}")

    @property
    def prefix(self) -> str:
        """The keyspace without its closing star: what every key starts with."""
        return self.keyspace.removesuffix("*")


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodicSpec:
    """Episodic memory: the table ``decision_logs``.

    Attributes:
        index_by: fields of the decision data (or columns) that look-ups go by; each is indexed.
        retention_days: how long an episode is kept; None keeps it for ever.
        purpose: the schema's words for what it holds.

    Raises:
        ConfigError: a field is no identifier, or the retention is not positive.
    """

    index_by: tuple[str, ...] = ()
    retention_days: float | None = None
    purpose: str = ""

    def __post_init__(self) -> None:
        _check_identifiers("episodic index_by", self.index_by)
        _check_retention("episodic", self.retention_days)


@dataclass(frozen=True, kw_only=True, slots=True)
class SemanticSpec:
    """Semantic memory: a property graph of typed nodes and edges.

    Attributes:
        node_types: types the schema declares besides `SHARED_NODE_TYPES`.
        edge_types: types the schema declares besides `SHARED_EDGE_TYPES`.
        purpose: the schema's words for what it holds.

    Raises:
        ConfigError: a type is no identifier.
    """

    node_types: tuple[str, ...] = ()
    edge_types: tuple[str, ...] = ()
    purpose: str = ""

    def __post_init__(self) -> None:
        _check_identifiers("semantic node type", self.node_types)
        _check_identifiers("semantic edge type", self.edge_types)


@dataclass(frozen=True, kw_only=True, slots=True)
class CausalSpec:
    """Causal memory: weighted n-ary links from factors to what they influence.

    Attributes:
        factors: each declared factor with the factors that it influences.
        purpose: the schema's words for what it holds.

    Raises:
        ConfigError: a factor is no identifier.
    """

    factors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    purpose: str = ""

    def __post_init__(self) -> None:
        _check_identifiers("causal factor", tuple(self.factors))
        for influenced in self.factors.values():
            _check_identifiers("causal factor", influenced)


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchiveSpec:
    """Archive: immutable, versioned objects under one prefix an agent.

    Attributes:
        prefix: the agent's folder in the archive, at most four plain names joined by slashes.
        retention_days: how long a version is kept; None (indefinite) keeps it for ever.
        purpose: the schema's words for what it holds.

    Raises:
        ConfigError: the prefix is no path of plain names, or the retention is not positive.
    """

    prefix: str
    retention_days: float | None = None
    purpose: str = ""

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise ConfigError(f"archive prefix {self.prefix!r} is no path of plain names")
        _check_retention("archive", self.retention_days)


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryTopology:
    """The declared memory of one agent; a layer is None if the schema does not declare it.

    `personal` names the fields that are sealed for their person before a layer sees them.
    """

    agent: str
    working: WorkingSpec | None = None
    episodic: EpisodicSpec | None = None
    semantic: SemanticSpec | None = None
    causal: CausalSpec | None = None
    archive: ArchiveSpec | None = None
    personal: tuple[PersonalFields, ...] = ()


def _check_identifiers(what: str, names: tuple[str, ...]) -> None:
    for name in names:
        if not _IDENTIFIER.fullmatch(name):
            raise ConfigError(f"{what} {name!r} is no identifier")


def _check_retention(layer: str, days: float | None) -> None:
    if days is not None and not days > 0:
        raise ConfigError(f"{layer} retention_days must be above 0: {days}")
