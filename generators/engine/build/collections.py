"""Find the collections of an input folder: a file at its top, a folder of files, or both."""

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from generators.engine.names import Identifier, snake_case
from generators.engine.sources.references import reference_in, resolve_reference

_VERSION = re.compile(r"[_-]v\d+(\.\d+)*$")
_SUFFIXES = (".md", ".yaml", ".yml")
_RESERVED = ("answers", "glue", "linked", "overrides")


def collection_name(stem: str) -> str:
    """Return the name of the collection in a file of this stem, without its `_vX.Y`.

    Raises:
        InvalidNameError: nothing is left that can be a name.
    """
    return Identifier(snake_case(_VERSION.sub("", stem)))


def find_members(texts: Mapping[str, str], paths: Iterable[str]) -> dict[str, str]:
    """Return, for each file that a Markdown file refers to, the file that does.

    Args:
        texts: the text of each Markdown file at the top of the input folder, by path.
        paths: all files at the top of the input folder.
    """
    names = {PurePosixPath(path).name: path for path in paths}
    found: dict[str, str] = {}
    for path, text in sorted(texts.items()):
        others = [name for name in names if names[name] != path]
        for line in text.split("\n"):
            reference = reference_in(line) if "[" in line else None
            meant = resolve_reference(reference[0], others) if reference else ()
            if len(meant) == 1:
                found.setdefault(names[meant[0]], path)
    return {path: owner for path, owner in found.items() if owner not in found}


def find_collections(
    paths: Iterable[str], inputs: str, members: Mapping[str, str] | None = None
) -> dict[str, tuple[str, ...]]:
    """Group source files by collection, in alphabetical order.

    A folder that is called as a file at the top is one collection with it, and comes after it: what
    is added there stands behind what was there.

    Args:
        paths: all files below the input folder.
        inputs: the input folder, as the paths begin.
        members: for files that others refer to, the file whose collection they belong to.

    Raises:
        InvalidNameError: a file or folder cannot name a collection.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        relative = PurePosixPath(path).relative_to(inputs)
        if relative.suffix not in _SUFFIXES or relative.parts[0] in _RESERVED:
            continue
        home = PurePosixPath((members or {}).get(path, path)).relative_to(inputs)
        name = collection_name(home.stem if len(home.parts) == 1 else home.parts[0])
        found.setdefault(name, []).append(path)
    return {
        name: tuple(sorted(files, key=lambda path: (_is_below(path, inputs), path)))
        for name, files in sorted(found.items())
    }


def _is_below(path: str, inputs: str) -> bool:
    """Tell whether a file stands in a folder of the input folder, not at its top."""
    return len(PurePosixPath(path).relative_to(inputs).parts) > 1
