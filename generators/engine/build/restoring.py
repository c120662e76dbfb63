"""Put installed files back as the build made them, and keep what stood there."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from generators.engine.build.layout import CollectionFolder
from generators.engine.build.output_status import recorded_files, unit_places
from generators.engine.build.stage_files import MissingStageError, read_plan
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import (
    is_file,
    read_optional,
    refuse_links,
    subfolders,
    write_if_changed,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """An installed file: where it stands, and where the build keeps the bytes that belong there.

    `place` is below the collection's folder, `path` is the path in the repository.
    """

    unit: str
    place: str
    path: str
    source: str


def find_outputs(folder: CollectionFolder) -> dict[str, Output]:
    """Return every installed file of a collection by its place."""
    found: dict[str, Output] = {}
    for name in subfolders(folder.stage):
        unit = folder.unit(name)
        if not is_file(unit.plan):
            continue
        recorded = recorded_files(unit)
        for place, path in unit_places(read_plan(unit)).items():
            if place in recorded:
                source = f"{unit.formatted}/{path}"
                found[place] = Output(unit=name, place=place, path=path, source=source)
    return found


def restore_outputs(
    settings: BuildSettings, folder: CollectionFolder, outputs: Iterable[Output]
) -> list[str]:
    """Put files back, and return one line about each that was changed.

    Args:
        settings: where the cache is, which keeps what is replaced.
        folder: the collection's output folder.
        outputs: the files.

    Raises:
        MissingStageError: the build's own copy is gone.
        SymlinkError: a folder on the way is a symbolic link.
    """
    lines = []
    for output in outputs:
        target = folder.member(output.place)
        refuse_links(target, folder.root)
        content, present = read_optional(output.source), read_optional(target)
        if content is None:
            raise MissingStageError(f"{output.source} is missing; run `doit format:{output.unit}`")
        if present == content:
            continue
        kept = ""
        if present is not None:
            digest = hashlib.sha256(present).hexdigest()
            copy = f"{settings.cache}/replaced/{digest[:16]}-{target.rpartition('/')[2]}"
            write_if_changed(copy, present)
            kept = f"; what stood there is kept as {copy}"
        write_if_changed(target, content)
        lines.append(f"restored {target}{kept}")
    return lines
