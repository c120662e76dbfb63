"""What an extractor must write for one file, and the digest by which an answer is bound to it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from generators.engine.model.agent import Agent, Collection
from generators.engine.model.bindings import BoundFunction, ModuleEntry


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract:
    """One file that an extractor writes.

    Attributes:
        agent: id of the agent.
        asked: the file of `generatefiles` that stands over it, as a repository path.
        path: repository path of what is written.
        functions: what it must offer.
        pointer: where the schema says so.
    """

    agent: str
    asked: str
    path: str
    functions: tuple[BoundFunction, ...]
    pointer: str

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all that the schema promises of the file, places left out."""
        plain = [_promised(function) for function in self.functions]
        content = {"agent": self.agent, "path": self.path, "functions": plain}
        return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def contracts(collection: Collection) -> tuple[Contract, ...]:
    """Return what an extractor must write for a collection, in the order of its agents."""
    return tuple(found for agent in collection.agents for found in agent_contracts(agent))


def agent_contracts(agent: Agent) -> Iterator[Contract]:
    """Yield what an extractor must write for one agent, in the order of its files."""
    for file in agent.instructions.generate_files:
        entry = agent.entry(file.path)
        if entry.extracted and entry.functions:
            yield _contract(agent, str(file.path), entry)


def _contract(agent: Agent, asked: str, entry: ModuleEntry) -> Contract:
    return Contract(
        agent=str(agent.agent_id),
        asked=asked,
        path=entry.extracted_path,
        functions=entry.functions,
        pointer=entry.pointer,
    )


def _promised(function: BoundFunction) -> object:
    data = msgspec.to_builtins(function, enc_hook=str)
    data.pop("pointer")
    return data
