"""Steps that check: each writes a record, whatever the result, and succeeds."""

from collections.abc import Mapping

from generators.engine.build.compile import root_namespace
from generators.engine.build.gating import flags_in_effect, gate_floors, gate_record
from generators.engine.build.layout import CollectionFolder, UnitFolder, collection_folder
from generators.engine.build.lint import lint_files
from generators.engine.build.stage_files import (
    read_agent,
    read_mapping,
    read_meta,
    read_plan,
    read_share,
    write_json,
)
from generators.engine.build.testing import run_tests
from generators.engine.build.typecheck import typecheck_files
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import absolute, files_below, read_bytes

_MEASURED_ROLES = ("module", "facade")


def run_lint(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Lint the Python files of a unit."""
    folder = collection_folder(settings, collection)
    unit = folder.unit(subject)
    namespace = root_namespace(settings, read_share(unit))
    record = lint_files(unit.formatted, _python_files(unit), namespace=namespace)
    write_json(unit.record("lint"), record)
    return {"files": record.files, "violations": len(record.violations)}


def run_gate(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Hold the files of a unit against the gates."""
    folder = collection_folder(settings, collection)
    unit = folder.unit(subject)
    plan = read_plan(unit)
    paths = files_below(unit.formatted, hidden=True)
    template = read_meta(folder)["meta.codegen.schema"]
    record = gate_record(
        plan,
        {path.removeprefix(f"{unit.formatted}/"): read_bytes(path).decode() for path in paths},
        read_agent(unit) if plan.kind == "agent" else None,
        glue=read_share(unit),
        flags=flags_in_effect(template, dict(settings.flags)),
        floors=gate_floors(template),
    )
    write_json(unit.record("gate"), record)
    results = record["results"]
    passed = [r["passed"] for r in results] if isinstance(results, list) else []
    return {"gates": len(passed), "passed": sum(passed)}


def run_typecheck(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Type-check the Python files of a unit, with the extensions that stand beside them."""
    folder = collection_folder(settings, collection)
    unit = folder.unit(subject)
    plan = read_plan(unit)
    extensions = [file.path for file in plan.in_role("linked") if file.origin == "extend"]
    own = extensions if plan.kind == "agent" else []
    record = typecheck_files(
        unit.formatted,
        [*_python_files(unit), *own],
        import_path=_import_path(settings, folder, plan),
        cache=absolute(f"{settings.cache}/cache"),
    )
    write_json(unit.record("typecheck"), record)
    return {"files": record.files, "violations": len(record.violations)}


def run_test(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Run the tests of a unit."""
    folder = collection_folder(settings, collection)
    unit = folder.unit(subject)
    plan = read_plan(unit)
    record = run_tests(
        absolute(unit.formatted),
        [file.path for file in plan.in_role("test")],
        [file.path for file in plan.in_role(*_MEASURED_ROLES)],
        import_path=_import_path(settings, folder, plan),
        cache=absolute(f"{settings.cache}/cache"),
    )
    write_json(unit.record("test"), record)
    totals = record["totals"]
    return dict(totals) if isinstance(totals, Mapping) else {}


def _python_files(unit: UnitFolder) -> list[str]:
    """Return the Python files that were made; linked code is its owner's to judge."""
    index = read_mapping(unit.formatted_index)
    files, linked = index["files"], index["linked"]
    paths = files if isinstance(files, dict) else {}
    others = linked if isinstance(linked, list) else []
    return [str(path) for path in paths if str(path).endswith(".py") and path not in others]


def _import_path(
    settings: BuildSettings, folder: CollectionFolder, plan: UnitPlan
) -> tuple[str, ...]:
    """Return where a unit's imports are found: itself, what it is built on, and the runtime."""
    needed = (folder.unit(name).formatted for name in plan.hard)
    own = folder.unit(plan.unit_id).formatted
    return tuple(absolute(path) for path in (own, *needed, settings.runtime))
