"""Steps that close a build: manifests and evidence."""

from collections.abc import Mapping
from importlib.metadata import version

from generators.engine.build.compiled import collection_inputs, meta_inputs
from generators.engine.build.layout import (
    CollectionFolder,
    collection_folder,
    manifest_path,
)
from generators.engine.build.signing_key import load_signer
from generators.engine.build.stage_files import (
    read_collection_plan,
    read_mapping,
    read_optional_mapping,
    read_plan,
    write_json,
)
from generators.engine.evidence.folder import EvidenceFolder
from generators.engine.evidence.manifests import agent_manifest_bytes
from generators.engine.evidence.matter import RunFacts
from generators.engine.evidence.records import BaselineRecord
from generators.engine.evidence.report import build_evidence
from generators.engine.shell.clock import build_time
from generators.engine.shell.environment import BuildSettings, current_environment
from generators.engine.shell.files import (
    files_below,
    is_writable,
    read_bytes,
    remove_file,
    write_if_changed,
)

_TOOLS = ("black", "coverage", "doit", "jinja2", "mypy", "pytest", "ruff")
_OUTPUTS = ("code", "docs", "tests", "manifests", "logs", "repo")


def run_manifest(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Write the manifest of an agent that passed, and its copy where the schema wants it."""
    folder = collection_folder(settings, collection)
    unit = folder.unit(subject)
    plan = read_plan(unit)
    passed = read_mapping(unit.verdict).get("passed") is True
    if plan.kind != "agent" or not passed:
        write_json(unit.manifested, {"written": False})
        return {"written": False}
    content = agent_manifest_bytes(evidence_folder(settings, collection), subject)
    places = [folder.member(manifest_path(subject))]
    if plan.manifest is not None:
        places.append(f"{folder.repo}/{plan.manifest}")
    for place in places:
        write_if_changed(place, content)
    write_json(unit.manifested, {"written": True})
    return {"written": True}


def run_evidence(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Write the evidence report, its statements and manifests, failures first."""
    del subject
    folder = collection_folder(settings, collection)
    write_json(folder.staged("records/baseline.json"), _baseline(settings, folder))
    environ = current_environment()
    files = build_evidence(
        evidence_folder(settings, collection),
        timestamp=build_time(environ).isoformat(),
        signer=load_signer(settings, environ),
        run=RunFacts(
            tools={tool: version(tool) for tool in _TOOLS},
            seconds=read_seconds(folder),
        ),
    )
    for path, content in files.items():
        write_if_changed(folder.member(path), content)
    for path in list(files_below(folder.member("evidence"))):
        if path.removeprefix(f"{folder.root}/") not in files:
            remove_file(path, folder.root)
    return {"files": len(files)}


def evidence_folder(settings: BuildSettings, collection: str) -> EvidenceFolder:
    """Read everything that a report, a manifest or a verification may cite."""
    folder = collection_folder(settings, collection)
    outputs = [
        path
        for path in files_below(folder.root, hidden=True)
        if not _is_intermediate(path.removeprefix(f"{folder.stage}/"))
    ]
    sources = (*collection_inputs(settings, collection), *meta_inputs(settings))
    templates = files_below(f"{settings.patterns}/_report")
    return EvidenceFolder(
        files={path.removeprefix(f"{folder.root}/"): read_bytes(path) for path in outputs},
        sources={path: read_bytes(path) for path in dict.fromkeys(sources)},
        templates={path.rpartition("/")[2]: read_bytes(path).decode() for path in templates},
    )


def read_seconds(folder: CollectionFolder) -> dict[str, float]:
    """Return how long the tests of each unit took, from their records."""
    plan = read_collection_plan(folder)
    records = {
        unit.unit_id: read_optional_mapping(folder.unit(unit.unit_id).record("test"))
        for unit in plan.units
    }
    return {
        f"test:{name}": float(str(record["seconds"]))
        for name, record in records.items()
        if record.get("seconds") is not None
    }


def _is_intermediate(path: str) -> bool:
    """Tell whether a path below `.stage` is a rendered or formatted text: a copy of an output."""
    parts = path.split("/")
    return parts[1:2] in (["raw"], ["formatted"])


def _baseline(settings: BuildSettings, folder: CollectionFolder) -> BaselineRecord:
    return BaselineRecord(
        writable={name: is_writable(folder.member(name)) for name in _OUTPUTS},
        flags=dict(settings.flags),
    )
