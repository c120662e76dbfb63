"""Read many files on all cores, and each file once: what it says is kept by content."""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version

from generators.engine.build.recipes import ENGINE
from generators.engine.model.file_reading import FileReading, read_alone
from generators.engine.model.kept_reading import StaleReadingError, pack_reading, unpack_reading
from generators.engine.model.load import known_sections
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import (
    files_below,
    forget_oldest,
    read_bytes,
    read_optional,
    write_if_changed,
)
from generators.engine.shell.processes import map_in_processes
from generators.engine.sources.canonical import JsonSchema

_FEWEST = 8
"""From how many files on it is worth the trouble."""

_SPARE = 2_000
_CHUNK = 16
_CODE = ("findings.py", "names.py", "sources", "rules", "model")
_LIBRARIES = ("PyYAML", "msgspec")

_Task = tuple[str, bytes, str, bytes]


def kept_readings(
    settings: BuildSettings, files: Mapping[str, bytes], schema: bytes
) -> dict[str, FileReading]:
    """Return what the files say that can be understood by themselves, from the cache if there.

    Args:
        settings: where the cache is.
        files: the files of a collection by the name that places carry.
        schema: the JSON Schema of agents.
    """
    if len(files) < _FEWEST:
        return {}
    folder = f"{settings.cache}/cache/readings"
    base = hashlib.sha256(engine_digest().encode() + schema).hexdigest()
    keys = {name: _key(base, name, content) for name, content in files.items()}
    found: dict[str, FileReading | None] = {}
    waiting: list[_Task] = []
    for name, key in keys.items():
        try:
            found[name] = unpack_reading(read_optional(f"{folder}/{key}") or b"", key, name)
        except StaleReadingError:
            waiting.append((name, files[name], key, schema))
    for (name, _, key, _), packed in zip(
        waiting, map_in_processes(_read, waiting, chunk=_CHUNK), strict=True
    ):
        if packed is not None:
            write_if_changed(f"{folder}/{key}", packed)
            found[name] = unpack_reading(packed, key, name)
    if waiting:
        forget_oldest(folder, keep=len(files) + _SPARE)
    readings = {name: found[name] for name in files if name in found}
    usable = {name: reading for name, reading in readings.items() if reading is not None}
    return usable if len(usable) > 1 else {}


@lru_cache(maxsize=1)
def engine_digest() -> str:
    """Return a digest of the code that reads, and of the libraries it reads with."""
    digest = hashlib.sha256()
    for part in _CODE:
        place = f"{ENGINE}/{part}"
        for path in files_below(place, suffixes=(".py",)) if "." not in part else (place,):
            digest.update(f"{path}\0".encode() + read_bytes(path) + b"\0")
    digest.update(" ".join(version(name) for name in _LIBRARIES).encode())
    return digest.hexdigest()


def _key(base: str, name: str, content: bytes) -> str:
    head = f"{base}\0{name}\0".encode()
    return hashlib.sha256(head + content).hexdigest()


def _read(task: _Task) -> bytes | None:
    """Return a packed reading; None if it cannot be packed."""
    name, content, key, schema = task
    known, data = _schema(schema)
    try:
        return pack_reading(read_alone(name, content, known, data), key)
    except (OverflowError, UnicodeEncodeError):
        return None


@lru_cache(maxsize=2)
def _schema(content: bytes) -> tuple[frozenset[str], JsonSchema]:
    data: JsonSchema = json.loads(content)
    return known_sections(data), data
