"""How installed files stand: edited by hand, missing, left over, or older than their sources."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from generators.engine.build.compile import Compiled
from generators.engine.build.layout import CollectionFolder, UnitFolder, installed_paths
from generators.engine.build.preview_plan import unit_changes
from generators.engine.build.stage_files import read_optional_mapping
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.shell.files import files_below, is_file, read_bytes, subfolders

_OURS_ALONE = ("code", "docs", "tests")
"""Folders of the canonical tree in which nothing stands but installed files."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputStatus:
    """What is not as the last build left it, or as the next would; paths below the collection.

    Attributes:
        edited: files that hold something else than was installed.
        missing: files that were installed and are not there.
        orphaned: files that no planned unit makes.
        stale: files that the sources, as they are now, would make otherwise.
    """

    edited: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    orphaned: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Tell whether there is nothing to say."""
        return not (self.edited or self.missing or self.orphaned or self.stale)


def output_status(compiled: Compiled, folder: CollectionFolder) -> OutputStatus:
    """Compare the output tree of a collection with its records and with its sources.

    Args:
        compiled: the collection as it is in the sources now.
        folder: its output folder.
    """
    records = {name: recorded_files(folder.unit(name)) for name in subfolders(folder.stage)}
    recorded = {place: digest for files in records.values() for place, digest in files.items()}
    present = present_digests(folder, recorded)
    units = {unit.unit_id: unit for unit in compiled.plan.units} if compiled.plan else {}
    gone = {place for name in records if units and name not in units for place in records[name]}
    kept = {place for unit in units.values() for place in unit_places(unit)}
    strays = set(_strays(folder, kept | set(recorded))) if units else set()
    return OutputStatus(
        edited=tuple(p for p in recorded if p in present and present[p] != recorded[p]),
        missing=tuple(p for p in recorded if p not in present and p not in gone),
        orphaned=tuple(sorted((gone & set(present)) | strays)),
        stale=tuple(_stale(compiled, folder, units)),
    )


def recorded_files(unit: UnitFolder) -> dict[str, str]:
    """Return the digests by place that the last installation of a unit left."""
    files = read_optional_mapping(unit.installed).get("files")
    return {str(k): str(v) for k, v in files.items()} if isinstance(files, dict) else {}


def present_digests(folder: CollectionFolder, places: Iterable[str]) -> dict[str, str]:
    """Return the digests of those files that are there."""
    there = (place for place in dict.fromkeys(places) if is_file(folder.member(place)))
    return {p: hashlib.sha256(read_bytes(folder.member(p))).hexdigest() for p in there}


def unit_places(unit: UnitPlan) -> dict[str, str]:
    """Return the repository path of each installed place of a unit."""
    return {
        place: file.path
        for file in unit.files
        for place in installed_paths(
            file.path,
            role=file.role,
            rootpath=unit.rootpath,
            unit_id=unit.unit_id,
            kind=unit.kind,
        )
    }


def render_status(root: str, status: OutputStatus) -> str:
    """Return what to say about a collection, one line a file, with what to type next."""
    groups = (
        ("edited", status.edited, "doit restore FILE, or change the schema"),
        ("missing", status.missing, "doit"),
        ("orphaned", status.orphaned, "remove it, or plan an agent that makes it"),
        ("stale", status.stale, "doit; doit plan and doit why FILE say more"),
    )
    lines = []
    for word, places, advice in groups:
        lines += [f"  {word:9} {root}/{place}" for place in places]
        lines += [f"            next: {advice}"] if places else []
    return "\n".join(lines) or "  every output is as it was built, and as its sources want it"


def _strays(folder: CollectionFolder, known: set[str]) -> Iterator[str]:
    for top in _OURS_ALONE:
        for path in files_below(folder.member(top)):
            place = path.removeprefix(f"{folder.root}/")
            if place not in known:
                yield place


def _stale(
    compiled: Compiled, folder: CollectionFolder, units: Mapping[str, UnitPlan]
) -> Iterator[str]:
    for change in unit_changes(compiled, folder):
        paths = {*change.new, *change.changed}
        yield from (p for p, path in unit_places(units[change.unit]).items() if path in paths)
