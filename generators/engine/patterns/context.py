"""What a pattern's `params` function is given: the model around one file, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from generators.engine.model.agent import Agent, Collection, Endpoint
from generators.engine.model.bindings import NO_ENTRY, LinkedName, ModuleEntry
from generators.engine.model.ruling import Ruling
from generators.engine.patterns.pattern import Pattern
from generators.engine.sources.canonical import Plain


@dataclass(frozen=True, kw_only=True, slots=True)
class Sibling:
    """Another generated module of the same agent.

    `extension` is the hand-written subclass that is made in place of its class, or None.
    """

    role: str
    stem: str
    module: str
    class_name: str
    pattern: Pattern
    extension: LinkedName | None = None

    @property
    def made(self) -> LinkedName:
        """Return the class that the agent is wired with: the extension, else the generated one."""
        return self.extension or LinkedName(module=self.module, name=self.class_name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """A pydantic model: dotted module and class; `schema` where it is generated, else None."""

    module: str
    name: str
    schema: Mapping[str, Plain] | None = None


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Interface:
    """What an agent offers to others."""

    agent_id: str
    package: str
    endpoints: tuple[Endpoint, ...]
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

    def source(self, link: str, otherwise: str) -> str:
        """Return the module to import shared names from.

        Args:
            link: stem of a facade that the schema may link, for example `packetprotocol`.
            otherwise: the runtime module behind it, for agents that do not link it.
        """
        return self.links.get(link, otherwise)


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemContext:
    """The surroundings of a file that belongs to the whole collection.

    Attributes:
        collection: the model of all its agents.
        namespace: the root namespace.
        order: agent ids in extraction order.
        built: ids of the agents that are built (not blocked, not deferred).
        meta: the resolved meta templates by file stem.
        glue: the resolved glue.
    """

    collection: Collection
    namespace: str
    order: tuple[str, ...]
    built: tuple[str, ...]
    meta: Mapping[str, Mapping[str, Plain]]
    glue: Mapping[str, Plain]
