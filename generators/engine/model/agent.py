"""The typed form of one agent schema. Field names follow the schema's own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from generators.engine.model.bindings import NO_ENTRY, ModuleEntry
from generators.engine.names import AgentId, Identifier, RepoPath
from generators.engine.sources.canonical import Plain


@dataclass(frozen=True, kw_only=True, slots=True)
class FileRequest:
    """A Python module that the schema asks for."""

    path: RepoPath
    stem: str
    purpose: str
    pointer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PathRequest:
    """Any other path that the schema names: a document, link, folder or log file."""

    path: RepoPath
    purpose: str
    pointer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Instructions:
    """`cursorinstructions`: what is to be made and linked."""

    create_if_missing: tuple[PathRequest, ...]
    generate_files: tuple[FileRequest, ...]
    generate_docs: tuple[PathRequest, ...]
    link_existing: tuple[PathRequest, ...]
    logging: tuple[PathRequest, ...]
    manifest: RepoPath | None
    generate_tests: bool
    validate_dependencies: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependencies:
    """Build dependencies by agent id; `derived` tells that they come from `connectto`."""

    hard: tuple[str, ...]
    soft: tuple[str, ...]
    derived: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """A named number of `governance.thresholds`, which conditions may refer to."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Governance:
    """`governance`, with the enum-like fields reduced to their canonical value."""

    anchors: tuple[str, ...]
    mode: str
    human_override: bool
    compliance_auditor: str | None
    escalation_policy: str
    audit_scope: tuple[str, ...]
    thresholds: Mapping[str, Threshold]


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryLayer:
    """One layer of the memory topology; `retention_days` None means indefinite."""

    name: str
    storage_type: str
    purpose: str
    keyspace: str | None
    ttl_seconds: float | None
    retention_days: float | None
    index_by: tuple[str, ...]
    pointer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """One HTTP operation; `auth` is the kind of token it demands, None for none."""

    name: Identifier
    path: str
    method: str
    timeout_ms: int
    auth: str | None
    pointer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenPoint:
    """Something that the schema leaves open and only its author can say."""

    pointer: str
    text: str
    why: str
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Autonomy:
    """What the agent may do by itself: `learningsystem.autonomyprofile` and `autonomyscope`."""

    mode: str
    task_limit: int | None
    decision_latency_max_ms: int | None
    internal_decisions: str
    external_actions: str
    escalation_triggers: tuple[str, ...]
    safety_layer: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Learning:
    """The parts of `learningsystem` and `reasoningengine` that modules are made from."""

    modules: tuple[str, ...]
    feedback_channels: tuple[str, ...]
    update_mode: str | None
    auto_tune: bool
    rollback_on_regression: bool
    stability_threshold: float | None
    optimization_target: str | None
    retrain_interval_hours: int | None
    framework: str
    model: str
    secondary_models: tuple[str, ...]
    strategy_modes: tuple[str, ...]
    temporal_scope_days: float | None
    source_blend: tuple[str, ...]
    reward: str
    penalty: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldModelUse:
    """`worldmodelintegration`."""

    active_models: tuple[str, ...]
    data_connectors: tuple[str, ...]
    model_type: str | None
    use_cases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Agent:
    """One agent. `data` is its whole canonical schema, for the parts not typed here.

    `modules` holds what the schema says of single files, by their path.
    """

    agent_id: AgentId
    title: str
    system: str
    module: str
    name: str
    role: str
    version: str
    rootpath: RepoPath
    connect_to: tuple[str, ...]
    shared_domains: tuple[str, ...]
    partners: tuple[str, ...]
    depends_on: Dependencies
    governance: Governance
    memory: tuple[MemoryLayer, ...]
    channels: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    autonomy: Autonomy
    learning: Learning
    world_model: WorldModelUse
    metrics: tuple[str, ...]
    dashboard: str | None
    alerting: tuple[str, ...]
    instructions: Instructions
    data: Mapping[str, Plain]
    modules: Mapping[str, ModuleEntry] = field(default_factory=dict)
    open_points: tuple[OpenPoint, ...] = ()

    def entry(self, path: str) -> ModuleEntry:
        """Return what `modules` says of the file at `path`."""
        return self.modules.get(path, NO_ENTRY)

    def layer(self, name: str) -> MemoryLayer | None:
        """Return the memory layer called `name` (for example `workingmemory`), or None."""
        return next((layer for layer in self.memory if layer.name == name), None)

    @property
    def api_version(self) -> str:
        """Return the version segment of the endpoint paths, for example `v6`."""
        return next(
            (part for e in self.endpoints for part in e.path.split("/") if part[:1] == "v"), "v1"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Collection:
    """A set of agents that is built, tested and shipped together."""

    name: Identifier
    title: str
    version: str
    agents: tuple[Agent, ...]

    def agent(self, agent_id: str) -> Agent:
        """Return the agent with this id.

        Raises:
            KeyError: there is none.
        """
        for agent in self.agents:
            if agent.agent_id == agent_id:
                return agent
        raise KeyError(agent_id)
