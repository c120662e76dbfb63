"""Readings of files as bytes that can be kept: sealed, typed, and free of anything concluded.

What is kept is what a file says. Names, paths and the JSON Schema are checked anew whenever a
reading is used, as they are when it comes from the YAML; no code can come out of it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import msgspec

from generators.engine.findings import Finding, Place
from generators.engine.model.agent_reading import AgentReading
from generators.engine.model.file_reading import FileReading
from generators.engine.sources.canonical import Plain
from generators.engine.sources.derived import Derived

_SEAL_BYTES = hashlib.sha256().digest_size


class StaleReadingError(Exception):
    """Bytes hold no reading, are damaged, or belong to another key."""


class FilePlaces(Mapping[str, Place]):
    """Places of one file by pointer; a place is made when it is asked for.

    Args:
        file: the file.
        positions: line and column, both from 1, by pointer.
    """

    def __init__(self, file: str, positions: Mapping[str, tuple[int, int]]) -> None:
        self._file = file
        self._positions = positions

    def __getitem__(self, pointer: str) -> Place:
        line, column = self._positions[pointer]
        return Place(file=self._file, line=line, column=column)

    def __contains__(self, pointer: object) -> bool:
        return pointer in self._positions

    def __iter__(self) -> Iterator[str]:
        return iter(self._positions)

    def __len__(self) -> int:
        return len(self._positions)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Agent:
    data: dict[str, object]
    purposes: dict[str, str]
    positions: dict[str, tuple[int, int]]
    findings: tuple[Finding, ...]
    derived: tuple[Derived, ...]
    dialect: str
    documents: int
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _File:
    agents: tuple[_Agent, ...]
    findings: tuple[Finding, ...]


_DECODER = msgspec.json.Decoder(_File | None)


def pack_reading(reading: FileReading | None, key: str) -> bytes:
    """Return a reading as bytes that `unpack_reading` accepts for the same key only.

    Args:
        reading: the reading; None says that the file has to be read with the others.
        key: digest of all that the reading depends on.

    Raises:
        OverflowError: it holds a number that JSON has no room for.
        UnicodeEncodeError: it holds half of a character.
    """
    kept = None if reading is None else _packed(reading)
    payload = msgspec.json.encode(kept)
    return _seal(payload, key) + payload


def unpack_reading(content: bytes, key: str, file: str) -> FileReading | None:
    """Return the reading that was packed; None if the file has to be read with the others.

    Raises:
        StaleReadingError: the bytes are damaged, belong to another key, or hold something else.
    """
    payload = content[_SEAL_BYTES:]
    if content[:_SEAL_BYTES] != _seal(payload, key):
        raise StaleReadingError(file)
    try:
        found = _DECODER.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StaleReadingError(file) from error
    if found is None:
        return None
    if any("" not in agent.positions for agent in found.agents):
        raise StaleReadingError(file)
    return FileReading(
        agents=tuple(_unpacked(agent, file) for agent in found.agents), findings=found.findings
    )


def _seal(payload: bytes, key: str) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + payload).digest()


def _packed(reading: FileReading) -> _File:
    agents = (
        _Agent(
            data=cast("dict[str, object]", agent.data),
            purposes=dict(agent.purposes),
            positions={key: (place.line, place.column) for key, place in agent.places.items()},
            findings=agent.findings,
            derived=agent.derived,
            dialect=agent.dialect,
            documents=agent.documents,
            names=agent.names,
        )
        for agent in reading.agents
    )
    return _File(agents=tuple(agents), findings=reading.findings)


def _unpacked(agent: _Agent, file: str) -> AgentReading:
    return AgentReading(
        data=cast("dict[str, Plain]", agent.data),
        purposes=agent.purposes,
        places=FilePlaces(file, agent.positions),
        findings=agent.findings,
        derived=agent.derived,
        dialect=agent.dialect,
        documents=agent.documents,
        names=agent.names,
    )
