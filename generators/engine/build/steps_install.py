"""Steps that judge and install: the verdict of a unit, its files in their places, and pruning."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from generators.engine.build.failure import SaidNoError
from generators.engine.build.installing import InstallPlan, plan_install
from generators.engine.build.layout import (
    CHECKS,
    CollectionFolder,
    UnitFolder,
    collection_folder,
    installed_paths,
)
from generators.engine.build.output_status import present_digests
from generators.engine.build.stage_files import (
    read_mapping,
    read_optional_mapping,
    read_plan,
    read_plan_facts,
    write_json,
)
from generators.engine.build.verdict import Floors, Verdict, judge
from generators.engine.evidence.changes import file_change
from generators.engine.evidence.records import FileChange
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import (
    files_below,
    is_file,
    read_bytes,
    read_optional,
    refuse_links,
    remove_file,
    subfolders,
    write_if_changed,
)

_MASTER = "meta/meta.codegen.schema.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """One file of a unit and one place where it goes, below the collection's folder."""

    path: str
    place: str
    volatile: bool


def run_install(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Judge a unit; if it passed, bring its files to their places, all or none of them."""
    folder = collection_folder(settings, collection)
    unit = folder.unit(subject)
    plan = read_plan(unit)
    verdict = _judge(folder, unit, plan)
    last = read_optional_mapping(unit.installed)
    previous = _digests(last)
    changes = last.get("changes", [])
    done = InstallPlan(write=(), remove=(), edited=())
    if verdict.passed:
        placed = list(_places(plan))
        contents = {p.place: read_bytes(f"{unit.formatted}/{p.path}") for p in placed}
        wanted = {place: _sha256(content) for place, content in contents.items()}
        volatile = frozenset(p.place for p in placed if p.volatile)
        present = present_digests(folder, (*wanted, *previous))
        if plan.kind != "agent" and _is_needed_by_stopped(folder):
            kept = {place: digest for place, digest in previous.items() if place in present}
            wanted = {**kept, **wanted}
        done = plan_install(wanted, previous, present, volatile=volatile)
        verdict = _without_drift(verdict, done, folder)
        if verdict.passed:
            changes = _changes(done, contents, folder) or changes
            _carry_out(done, contents, folder)
            previous = {place: d for place, d in wanted.items() if place not in volatile}
    installed = {"files": previous, "changes": changes, "overrides": []}
    write_json(unit.installed, installed)
    write_json(unit.verdict, verdict)
    return {
        "passed": verdict.passed,
        "written": len(done.write),
        "removed": len(done.remove),
        "files": len(plan.files),
    }


def run_verdict(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Say whether a unit passed.

    Raises:
        SaidNoError: it did not.
    """
    unit = collection_folder(settings, collection).unit(subject)
    verdict = read_mapping(unit.verdict)
    if verdict.get("passed") is not True:
        reasons = verdict.get("reasons")
        lines = reasons if isinstance(reasons, list) else []
        raise SaidNoError("\n".join((f"{subject} did not pass", *(f"  {line}" for line in lines))))
    return {}


def refuse_unit(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Say why a unit is not built.

    Raises:
        SaidNoError: always.
    """
    folder = collection_folder(settings, collection)
    plan = read_plan(folder.unit(subject))
    lines = [f"{subject} is not built", *(f"  {reason}" for reason in plan.blocked_by)]
    for question in plan.questions:
        lines.append(f"  Q{question.number}  {question.pointer}: {question.text}")
        lines += [f"      {choice}" for choice in question.choices]
    if plan.questions:
        lines.append(f"  more     {folder.member('questions.md')}")
    raise SaidNoError("\n".join(lines))


def run_prune(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Remove what units left that the plan has no more; files edited since stay.

    What agents share stays as long as one of them is stopped that was built before: its last
    good output uses it.
    """
    del subject
    folder = collection_folder(settings, collection)
    planned = set(read_plan_facts(folder).units)
    needed = _is_needed_by_stopped(folder)
    removed, kept = 0, []
    for name in subfolders(folder.stage):
        unit = folder.unit(name)
        shared = "." in name
        if name in planned or not is_file(unit.installed) or (shared and needed):
            continue
        previous = _digests(read_mapping(unit.installed))
        plan = plan_install({}, previous, present_digests(folder, previous))
        for place in plan.remove:
            removed += remove_file(folder.member(place), folder.root)
        kept += [folder.member(place) for place in plan.edited]
        for path in list(files_below(unit.root, hidden=True)):
            remove_file(path, folder.stage)
    notes = "\n".join(f"kept {path}: its agent is gone, but it was edited" for path in kept)
    return {"removed": removed, "notes": notes}


def _judge(folder: CollectionFolder, unit: UnitFolder, plan: UnitPlan) -> Verdict:
    formatted = read_mapping(unit.formatted_index)
    broken = formatted.get("broken")
    return judge(
        plan.unit_id,
        {check: read_optional_mapping(unit.record(check)) for check in CHECKS},
        {name: read_optional_mapping(folder.unit(name).verdict) for name in plan.hard},
        floors_of(read_mapping(folder.staged(_MASTER))),
        broken=broken if isinstance(broken, dict) else {},
    )


def floors_of(template: Mapping[str, object]) -> Floors:
    """Return the floors that the master template declares.

    Raises:
        KeyError: it has no gate `coverage` with a minimum.
    """
    gates = template.get("gates")
    tests = gates.get("tests") if isinstance(gates, dict) else None
    for gate in tests if isinstance(tests, list) else []:
        if isinstance(gate, dict) and gate.get("id") == "coverage":
            return Floors(coverage=float(gate["minimum"]))
    raise KeyError("the master template has no gate `coverage` with a minimum")


def _is_needed_by_stopped(folder: CollectionFolder) -> bool:
    """Tell whether an agent that is stopped has a last good output, which uses what is shared."""
    stopped = read_mapping(folder.staged("stopped.json")).get("units")
    return any(
        _digests(read_optional_mapping(folder.unit(str(name)).installed))
        for name in (stopped if isinstance(stopped, list) else ())
    )


def _places(plan: UnitPlan) -> Iterable[Placed]:
    for file in plan.files:
        for place in installed_paths(
            file.path,
            role=file.role,
            rootpath=plan.rootpath,
            unit_id=plan.unit_id,
            kind=plan.kind,
        ):
            yield Placed(path=file.path, place=place, volatile=file.role == "log")


def _without_drift(verdict: Verdict, done: InstallPlan, folder: CollectionFolder) -> Verdict:
    """Return the verdict, changed to a refusal if files were edited by hand."""
    if not done.edited:
        return verdict
    reasons = tuple(
        f"drift: {folder.member(place)} was edited by hand and would be overwritten; "
        "change the schema instead, or put it back with `doit restore FILE`"
        for place in done.edited
    )
    return replace(verdict, passed=False, reasons=reasons)


def _carry_out(done: InstallPlan, contents: Mapping[str, bytes], folder: CollectionFolder) -> None:
    for place in done.write:
        refuse_links(folder.member(place), folder.root)
    for place in done.write:
        write_if_changed(folder.member(place), contents[place])
    for place in done.remove:
        remove_file(folder.member(place), folder.root)


def _changes(
    done: InstallPlan, contents: Mapping[str, bytes], folder: CollectionFolder
) -> list[FileChange]:
    """Return what is about to change in the canonical tree; the repository holds copies of it."""
    return [
        file_change(place, read_optional(folder.member(place)), contents.get(place))
        for place in sorted((*done.write, *done.remove))
        if not place.startswith("repo/")
    ]


def _digests(installed: Mapping[str, object]) -> dict[str, str]:
    files = installed.get("files")
    return {str(k): str(v) for k, v in files.items()} if isinstance(files, dict) else {}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
