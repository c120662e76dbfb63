"""Compile a collection once more, from its inputs alone, and compare every byte with what is there.

Nothing of an earlier build is read but the files to compare: no cache, no record, no stage.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from generators.engine.build.compile import (
    Compiled,
    collection_interfaces,
    compile_collection,
    load_meta,
    workshop,
)
from generators.engine.build.compiled import source_files
from generators.engine.build.formatting import format_files
from generators.engine.build.layout import collection_folder, installed_paths
from generators.engine.findings import Finding, Place
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.plan.unit_texts import Workshop, render_unit
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import fastest_folder, read_optional, scratch_folder

_REPAIR = "undo the edit, or run `doit` to build it again"


def rebuilt_findings(settings: BuildSettings, name: str) -> tuple[int, tuple[Finding, ...]]:
    """Return how many files were made again, and those that differ (EV014) or are gone (EV015).

    Logs are left out: agents write to them.

    Args:
        settings: where everything is.
        name: the collection.
    """
    folder = collection_folder(settings, name)
    made = dict(_compiled_again(settings, name))
    found = []
    for path, content in sorted(made.items()):
        present = read_optional(folder.member(path))
        if present is None:
            found.append(_finding("EV015", path, "the inputs give this file, and it is not there"))
        elif present != content:
            found.append(_finding("EV014", path, "it is not the file that the inputs give"))
    return len(made), tuple(found)


def _compiled_again(settings: BuildSettings, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield every installed file by its path below the collection's folder."""
    compiled = compile_collection(name, source_files(settings)[name], settings, load_meta(settings))
    if compiled.plan is None:
        return
    interfaces = collection_interfaces(compiled.model.collection, compiled.meta)
    place = replace(
        workshop(name, compiled.namespace, compiled.meta, interfaces), linked=compiled.linked
    )
    with scratch_folder(fastest_folder(settings.cache), "rebuild-") as scratch:
        for unit in compiled.plan.units:
            if unit.buildable:
                texts = _rendered(unit, compiled, place)
                yield from _installed(unit, _formatted(unit, texts, scratch))


def _rendered(unit: UnitPlan, compiled: Compiled, place: Workshop) -> dict[str, bytes]:
    collection = compiled.model.collection
    about = collection.agent(unit.unit_id) if unit.kind == "agent" else collection
    return {path: text.encode() for path, text in render_unit(unit, about, place).items()}


def _formatted(unit: UnitPlan, texts: Mapping[str, bytes], scratch: str) -> dict[str, bytes]:
    linked = {file.path for file in unit.in_role("linked")}
    made = {path: content for path, content in texts.items() if path not in linked}
    return {**texts, **format_files(made, cache=scratch).contents}


def _installed(unit: UnitPlan, texts: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for file in unit.files:
        if file.role == "log":
            continue
        for place in installed_paths(
            file.path,
            role=file.role,
            rootpath=unit.rootpath,
            unit_id=unit.unit_id,
            kind=unit.kind,
        ):
            yield place, texts[file.path]


def _finding(code: str, path: str, message: str) -> Finding:
    return Finding(code=code, message=message, place=Place(file=path), repair=_REPAIR)
