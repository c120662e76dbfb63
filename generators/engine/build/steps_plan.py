"""Steps that plan: the sequence and unit plans, the lock, the TODO plan and the questions."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import yaml

from generators.engine.build.compile import collection_interfaces
from generators.engine.build.compiled import compiled
from generators.engine.build.failure import SaidNoError
from generators.engine.build.layout import CollectionFolder, collection_folder, lock_path
from generators.engine.build.plan_lock import (
    lock_bytes,
    lock_difference,
    lock_document,
    parse_lock,
)
from generators.engine.build.stage_files import (
    MissingStageError,
    PlanFacts,
    plain_data,
    read_collection_plan,
    read_meta,
    write_json,
)
from generators.engine.plan.sequence_document import sequence_document
from generators.engine.plan.shares import glue_share
from generators.engine.plan.todo import render_questions, render_todo_text, todo_document
from generators.engine.plan.unit_plan import CollectionPlan
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import read_bytes, read_optional, write_if_changed
from generators.engine.sources.canonical import Plain


def run_sequence(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Decide what is made, and write the plan of each unit and the extraction sequence.

    The plan is that of the sources as they are now: what it depends on of them is exactly the
    normalised schemas and meta templates, which are the task's inputs.

    Raises:
        MissingStageError: the sources became unusable since the task was made.
    """
    del subject
    folder = collection_folder(settings, collection)
    found = compiled(settings, collection)
    if found.plan is None:
        raise MissingStageError(f"{collection} has no plan; run `doit validate:{collection}`")
    plan, model = found.plan, found.model.collection
    agents = {str(agent.agent_id): agent for agent in model.agents}
    for unit in plan.units:
        share = found.meta.glue
        if unit.kind != "system":
            share = glue_share(share, agents.get(unit.unit_id))
        write_json(folder.unit(unit.unit_id).plan, unit)
        write_json(folder.unit(unit.unit_id).glue, share)
    stopped = [unit.unit_id for unit in plan.units if not unit.buildable]
    write_json(folder.staged("stopped.json"), {"units": stopped})
    for name, interface in collection_interfaces(model, found.meta).items():
        write_json(folder.unit(name).interface, interface)
    document = sequence_document(plan, model, found.meta.templates, found.namespace)
    write_if_changed(
        folder.member("extraction_sequence.yaml"),
        yaml.safe_dump(
            plain_data(document), sort_keys=False, allow_unicode=True, width=100
        ).encode(),
    )
    write_json(
        folder.staged("plan.json"),
        PlanFacts(
            collection=plan.collection,
            title=plan.title,
            version=plan.version,
            units=tuple(unit.unit_id for unit in plan.units),
            groups=plan.groups,
            digest=plan.digest,
        ),
    )
    return {"units": len(plan.units), "digest": plan.digest}


def run_lock(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Compare the plan with the committed lock, and renew the lock unless a source has an error.

    Raises:
        SaidNoError: they differ, and the build may not change the lock.
    """
    del subject
    folder = collection_folder(settings, collection)
    path = lock_path(settings, collection)
    present = parse_lock(read_optional(path))
    plan = _without_lines(read_collection_plan(folder))
    schemas = {
        unit.unit_id: read_bytes(folder.unit(unit.unit_id).schema)
        for unit in plan.units
        if unit.kind == "agent"
    }
    document = lock_document(plan, schemas)
    difference = lock_difference(present, document)
    text = "\n".join((f"plan of {collection} differs from {path}", *difference))
    if difference and settings.locked:
        raise SaidNoError(f"{text}\nrun `doit lock:{collection}` without CI and commit the lock")
    if difference and _has_errors(folder):
        return {"notes": f"{text}\nthe lock is kept until the findings are mended", "changes": 0}
    write_if_changed(path, lock_bytes(document))
    notes = f"{text}\nthe lock was renewed; commit it" if present and difference else ""
    return {"notes": notes, "changes": len(difference)}


def _has_errors(folder: CollectionFolder) -> bool:
    findings = json.loads(read_optional(folder.staged("findings.json")) or b"[]")
    return any(finding["severity"] == "error" for finding in findings)


def run_todo(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Write the locked TODO plan and the open questions."""
    del subject
    folder = collection_folder(settings, collection)
    plan = read_collection_plan(folder)
    gates = gate_ids(read_meta(folder)["meta.codegen.schema"])
    document = todo_document(plan, gates)
    questions = {
        unit["unit"]: unit["questions"]
        for unit in cast("list[dict[str, object]]", document["units"])
        if unit["questions"]
    }
    write_json(folder.member("locked_todo_plan.json"), document)
    write_if_changed(folder.member("locked_todo_plan.txt"), render_todo_text(plan, gates).encode())
    write_json(folder.member("questions.json"), questions)
    write_if_changed(folder.member("questions.md"), render_questions(plan).encode())
    return {"questions": sum(len(asked) for asked in questions.values() if isinstance(asked, list))}


def gate_ids(template: Mapping[str, Plain]) -> tuple[str, ...]:
    """Return the ids of the gates that the master template declares, in its order."""
    families = template.get("gates")
    entries = families.values() if isinstance(families, dict) else ()
    return tuple(
        str(gate["id"])
        for family in entries
        if isinstance(family, list)
        for gate in family
        if isinstance(gate, dict)
    )


def _without_lines(plan: CollectionPlan) -> CollectionPlan:
    return replace(plan, units=tuple(replace(unit, line_counts={}) for unit in plan.units))
