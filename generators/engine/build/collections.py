"""Find the collections of an input folder: a file at its top, or a folder of files."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from generators.engine.names import Identifier, snake_case

_VERSION = re.compile(r"[_-]v\d+(\.\d+)*$")
_SUFFIXES = (".md", ".yaml", ".yml")
_RESERVED = ("answers", "glue", "linked", "overrides")


def collection_name(stem: str) -> str:
    """Return the name of the collection in a file of this stem, without its `_vX.Y`.

    Raises:
        InvalidNameError: nothing is left that can be a name.
    """
    return Identifier(snake_case(_VERSION.sub("", stem)))


def find_collections(paths: Iterable[str], inputs: str) -> dict[str, tuple[str, ...]]:
    """Group source files by collection, both in alphabetical order.

    Args:
        paths: all files below the input folder.
        inputs: the input folder, as the paths begin.

    Raises:
        InvalidNameError: a file or folder cannot name a collection.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        relative = PurePosixPath(path).relative_to(inputs)
        if relative.suffix not in _SUFFIXES or relative.parts[0] in _RESERVED:
            continue
        name = collection_name(relative.stem if len(relative.parts) == 1 else relative.parts[0])
        found.setdefault(name, []).append(path)
    return {name: tuple(files) for name, files in sorted(found.items())}
