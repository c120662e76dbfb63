"""What a pattern's `params` function is given: the model around one file, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from generators.engine.model.agent import Agent, Collection, Endpoint
from generators.engine.model.bindings import NO_ENTRY, LinkedName, ModuleEntry
from generators.engine.model.ruling import Ruling
from generators.engine.patterns.pattern import Pattern
from generators.engine.sources.canonical import Plain


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """The agents that a client module speaks to.

    Attributes:
        name: what the agent calls them: the id of one agent, or a name that several share.
        label: the same as part of a class name.
        agents: their ids.
        shared: whether the name is one that several may share; each call then names the agent.
    """

    name: str
    label: str
    agents: tuple[str, ...]
    shared: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Sibling:
    """Another generated module of the same agent.

    `extension` is the hand-written subclass that is made in place of its class, or None; `target`
    is whom a client module speaks to.
    """

    role: str
    stem: str
    module: str
    class_name: str
    pattern: Pattern
    extension: LinkedName | None = None
    target: Target | None = None

    @property
    def made(self) -> LinkedName:
        """Return the class that the agent is wired with: the extension, else the generated one."""
        return self.extension or LinkedName(module=self.module, name=self.class_name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """A pydantic model: dotted module and class."""

    module: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratedShape(Shape):
    """A model that is generated with the agent, and what its JSON Schema will be."""

    schema: Mapping[str, Plain]


@dataclass(frozen=True, kw_only=True, slots=True)
class OperationUse:
    """A declared endpoint together with the module and method that answer it."""

    endpoint: Endpoint
    sibling: Sibling
    method: str
    request: Shape
    response: Shape
    decides: bool
    timed: bool = True
    channel: tuple[str, ...] = ()
    announces: bool = False
    standing: bool = False

    @property
    def publishes(self) -> bool:
        """Whether events bear the endpoint's name: of its decision, or of those it announces."""
        return self.decides or self.announces


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """An endpoint with the shapes of its request and response."""

    endpoint: Endpoint
    request: Shape
    response: Shape


@dataclass(frozen=True, kw_only=True, slots=True)
class PacketOffer:
    """A packet type that an agent processes; the shapes are None where only the name is known."""

    packet_type: str
    timeout_ms: int
    request: Shape | None
    response: Shape | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Interface:
    """What an agent offers to others; a function of schemas and patterns, built or not.

    Attributes:
        agent_id: its id.
        name: what its schema calls it.
        package: its package.
        sequence: its position in the extraction order, which gives its port.
        endpoints: the declared endpoints.
        operations: those that a module answers, with the shapes.
        packets: the packet types that it processes.
        sends: the packet types that it sends on its own.
        exports: exported names by module.
        events: types of the events that it publishes.
    """

    agent_id: str
    name: str
    package: str
    sequence: int
    endpoints: tuple[Endpoint, ...]
    operations: tuple[Offer, ...]
    packets: tuple[PacketOffer, ...]
    sends: tuple[str, ...]
    exports: Mapping[str, tuple[str, ...]]
    events: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PatternContext:
    """The surroundings of one file to make.

    Attributes:
        agent: the agent's model.
        collection: name of the collection.
        namespace: the root namespace, for example `L9`.
        sequence: position in the extraction order, from 1.
        stem: stem of the file, as the schema spells it.
        path: repository path of the file.
        purpose: the schema's purpose of the file, possibly empty.
        pointer: schema pointer that asked for the file, for example
            `TensorAIOS#/cursorinstructions/generatefiles/2`.
        module: dotted import path of the file (of the package for `__init__`).
        package: dotted import path of the agent's root path.
        class_name: name of the class to define, by the pattern's `class`.
        siblings: the agent's generated modules by role.
        operations: the agent's endpoints with who answers them.
        ruling: signals and rules compiled from the schema's prose.
        links: dotted module of each linked facade by its stem, for example
            `packetprotocol` -> `L9.core.packetprotocol`.
        dependencies: interfaces of the hard dependencies by agent id.
        peers: interfaces of the agents that this one depends on, is wired to or has a client of.
        target: the agents that a client module speaks to; None for any other module.
        meta: the resolved meta templates by file stem.
        glue: the resolved glue.
        entry: what `modules` of the schema says of the file.
    """

    agent: Agent
    collection: str
    namespace: str
    sequence: int
    stem: str
    path: str
    purpose: str
    pointer: str
    module: str
    package: str
    class_name: str
    siblings: Mapping[str, Sibling]
    operations: tuple[OperationUse, ...]
    ruling: Ruling
    links: Mapping[str, str]
    dependencies: Mapping[str, Interface]
    meta: Mapping[str, Mapping[str, Plain]]
    glue: Mapping[str, Plain]
    entry: ModuleEntry = NO_ENTRY
    peers: Mapping[str, Interface] = field(default_factory=dict)
    target: Target | None = None

    def source(self, link: str, otherwise: str) -> str:
        """Return the module to import shared names from.

        Args:
            link: stem of a facade that the schema may link, for example `packetprotocol`.
            otherwise: the runtime module behind it, for agents that do not link it.
        """
        return self.links.get(link, otherwise)


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A wiring between two agents: pointer, who speaks to whom, how, and about what by name."""

    pointer: str
    caller: str
    callee: str
    connection: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemContext:
    """The surroundings of a file that belongs to the whole collection.

    Attributes:
        collection: the model of all its agents.
        namespace: the root namespace.
        order: agent ids in extraction order.
        starts: agent ids in start-up order.
        built: ids of the agents that are built (not blocked, not deferred).
        meta: the resolved meta templates by file stem.
        glue: the resolved glue.
        siblings: the generated modules of each built agent by role.
        edge: the wiring that the file is about; None for a file about all of them.
    """

    collection: Collection
    namespace: str
    order: tuple[str, ...]
    starts: tuple[str, ...]
    built: tuple[str, ...]
    meta: Mapping[str, Mapping[str, Plain]]
    glue: Mapping[str, Plain]
    siblings: Mapping[str, Mapping[str, Sibling]] = field(default_factory=dict)
    edge: Edge | None = None
