"""Steps that make: render the files of a unit, and format them."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from generators.engine.build.compile import Meta, root_namespace, workshop
from generators.engine.build.extraction import given_texts
from generators.engine.build.failure import SaidNoError
from generators.engine.build.formatting import format_files
from generators.engine.build.layout import CollectionFolder, collection_folder
from generators.engine.build.stage_files import (
    read_agent,
    read_collection,
    read_interface,
    read_mapping,
    read_meta,
    read_plan,
    read_share,
    write_json,
)
from generators.engine.model.agent import Agent, Collection
from generators.engine.patterns.context import Interface
from generators.engine.patterns.refusal import RefusalError
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.plan.unit_texts import Workshop, render_unit
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import (
    files_below,
    read_bytes,
    remove_file,
    write_if_changed,
)


def run_generate(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Render every planned file of a unit.

    Raises:
        SaidNoError: a pattern refuses what the schema says.
    """
    folder = collection_folder(settings, collection)
    unit = folder.unit(subject)
    plan = read_plan(unit)
    about = _about(folder, collection, plan)
    try:
        texts = render_unit(plan, about, _workshop(settings, folder, collection, plan))
    except RefusalError as refusal:
        raise SaidNoError(f"{subject}: {refusal.reason}\n  repair   {refusal.repair}") from refusal
    contents = {path: text.encode() for path, text in texts.items()}
    write_tree(unit.raw, contents)
    write_json(unit.raw_index, {path: _sha256(content) for path, content in contents.items()})
    return {"files": len(contents)}


def run_format(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Format the rendered files of a unit; note digests, line counts and what is no Python.

    Linked code stays as its owner wrote it. Which files are linked changes only with the set of
    rendered files, so that the plan is no input of its own.
    """
    unit = collection_folder(settings, collection).unit(subject)
    paths = read_mapping(unit.raw_index)
    raw = {path: read_bytes(f"{unit.raw}/{path}") for path in paths}
    linked = [file.path for file in read_plan(unit).in_role("linked") if file.path in raw]
    made = {path: content for path, content in raw.items() if path not in linked}
    formatted = format_files(made, cache=f"{settings.cache}/cache")
    contents = {**formatted.contents, **{path: raw[path] for path in linked}}
    write_tree(unit.formatted, contents)
    write_json(
        unit.formatted_index,
        {
            "files": {path: _sha256(content) for path, content in contents.items()},
            "lines": {path: content.count(b"\n") for path, content in contents.items()},
            "broken": formatted.broken,
            "linked": linked,
        },
    )
    return {"files": len(raw), "broken": len(formatted.broken)}


def write_tree(root: str, contents: Mapping[str, bytes]) -> None:
    """Make the folder `root` hold exactly these files."""
    for path, content in contents.items():
        write_if_changed(f"{root}/{path}", content)
    for path in _others(root, contents):
        remove_file(path, root)


def _others(root: str, wanted: Iterable[str]) -> list[str]:
    kept = {f"{root}/{path}" for path in wanted}
    return [path for path in files_below(root, hidden=True) if path not in kept]


def _about(folder: CollectionFolder, collection: str, plan: UnitPlan) -> Agent | Collection:
    if plan.kind == "agent":
        return read_agent(folder.unit(plan.unit_id))
    return read_collection(folder, collection, agents=plan.kind == "system")


def _workshop(
    settings: BuildSettings, folder: CollectionFolder, collection: str, plan: UnitPlan
) -> Workshop:
    glue = read_share(folder.unit(plan.unit_id))
    meta = Meta(templates=read_meta(folder), glue=glue, findings=())
    namespace = root_namespace(settings, glue)
    place = workshop(collection, namespace, meta, _dependencies(folder, plan))
    return replace(place, linked=given_texts(plan))


def _dependencies(folder: CollectionFolder, plan: UnitPlan) -> dict[str, Interface]:
    return {name: read_interface(folder.unit(name)) for name in plan.peers}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
