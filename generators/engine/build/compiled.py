"""Compile a collection once a process, however many steps ask for it."""

from dataclasses import dataclass
from functools import lru_cache

from generators.engine.build.collections import find_collections, find_members
from generators.engine.build.compile import (
    Compiled,
    Meta,
    collection_meta,
    compile_collection,
    glue_file,
    linked_files,
    load_meta,
)
from generators.engine.build.extraction import extraction_files
from generators.engine.names import InvalidNameError
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import files_below, is_file, read_bytes
from generators.engine.shell.stats import StatMemo


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """What a compiled collection was made from: content digests by path."""

    digests: tuple[tuple[str, str], ...]


def source_files(settings: BuildSettings) -> dict[str, tuple[str, ...]]:
    """Return the source files of each collection by its name."""
    bad = unnamed_files(settings)
    named = [path for path in files_below(settings.inputs) if path not in bad]
    return find_collections(named, settings.inputs, _members(settings, named))


def _members(settings: BuildSettings, paths: list[str]) -> dict[str, str]:
    """Return which files at the top of the input folder belong to the file that names them."""
    top = [path for path in paths if "/" not in path.removeprefix(f"{settings.inputs}/")]
    if len(top) == 1:
        return {}
    memo = StatMemo()
    markdown = {path: memo.digest(path) for path in top if path.endswith(".md")}
    texts = {path: _text(path, digest) for path, digest in markdown.items()}
    return find_members(texts, top)


@lru_cache(maxsize=4096)
def _text(path: str, digest: str) -> str:
    del digest
    return read_bytes(path).decode(errors="replace")


def unnamed_files(settings: BuildSettings) -> dict[str, str]:
    """Return the files that cannot name a collection, and why not."""
    found = {}
    for path in files_below(settings.inputs):
        try:
            find_collections([path], settings.inputs)
        except InvalidNameError as error:
            found[path] = str(error)
    return found


def answers_file(settings: BuildSettings, collection: str) -> str:
    """Return where the answers of a collection are, or would be."""
    return f"{settings.inputs}/answers/{collection}.yaml"


def meta_inputs(settings: BuildSettings) -> tuple[str, ...]:
    """Return the meta templates, the glue and the JSON Schemas."""
    return tuple(files_below(settings.meta, suffixes=(".yaml", ".json")))


def collection_inputs(settings: BuildSettings, collection: str) -> tuple[str, ...]:
    """Return every file that the model of a collection is read from."""
    answers = answers_file(settings, collection)
    known = source_files(settings)[collection]
    stems = ("agent", "collection", "answers")
    schemas = (f"{settings.meta}/schemas/{stem}.schema.json" for stem in stems)
    beside = (answers, glue_file(settings, collection))
    linked = linked_files(settings, current_meta(settings, collection).glue).values()
    written = extraction_files(settings, collection)
    return (*known, *(path for path in beside if is_file(path)), *linked, *written, *schemas)


def compiled(settings: BuildSettings, collection: str) -> Compiled:
    """Return the collection as it is on disk now."""
    memo = StatMemo()
    paths = (*collection_inputs(settings, collection), *meta_inputs(settings))
    stamp = Stamp(digests=tuple((path, memo.digest(path)) for path in paths))
    return _compiled(settings, collection, stamp)


@lru_cache(maxsize=16)
def _compiled(settings: BuildSettings, collection: str, stamp: Stamp) -> Compiled:
    del stamp
    files = source_files(settings)[collection]
    return compile_collection(collection, files, settings, _meta(settings, _meta_stamp(settings)))


def current_meta(settings: BuildSettings, collection: str) -> Meta:
    """Return the meta templates as they are on disk now, with the glue of a collection."""
    return collection_meta(collection, settings, _meta(settings, _meta_stamp(settings)))


def _meta_stamp(settings: BuildSettings) -> Stamp:
    memo = StatMemo()
    return Stamp(digests=tuple((path, memo.digest(path)) for path in meta_inputs(settings)))


@lru_cache(maxsize=4)
def _meta(settings: BuildSettings, stamp: Stamp) -> Meta:
    del stamp
    return load_meta(settings)
