"""Prove that what was installed works together, in an interpreter that sees nothing else."""

import ast
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from generators.engine.build.lint import ToolError
from generators.engine.build.serve_agent import agent_environment, server_target
from generators.engine.evidence.records import IntegrateRecord
from generators.engine.model.bindings import LinkedName
from generators.engine.names import RepoPath, module_path
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.shell.environment import current_environment, tool_environment
from generators.engine.shell.processes import run_process

_TIMEOUT_SECONDS = 120.0
_PROBE = Path(__file__).with_name("integration_probe.py")


@dataclass(frozen=True, kw_only=True, slots=True)
class Probes:
    """What to probe, as the probe program reads it."""

    imports: tuple[Mapping[str, object], ...]
    links: tuple[Mapping[str, object], ...]
    services: tuple[Mapping[str, object], ...]


def plan_probes(
    units: Sequence[UnitPlan],
    links: Mapping[str, Sequence[str]],
    statuses: Mapping[str, str],
    sources: Mapping[str, str],
    extensions: Mapping[str, Mapping[str, LinkedName]],
) -> Probes:
    """Decide what to probe.

    Args:
        units: the units that passed.
        links: linked paths by agent id; only Python files can be imported.
        statuses: path of the status endpoint by agent id.
        sources: text of each installed module by repository path.
        extensions: by agent id, the subclass in place of a generated class by its module's path.
    """
    return Probes(
        imports=tuple(
            {"unit": unit.unit_id, "module": file.module}
            for unit in units
            for file in unit.files
            if file.module
        ),
        links=(*_link_probes(units, links, sources), *_extension_probes(units, extensions)),
        services=tuple(
            {
                "unit": unit.unit_id,
                "target": server_target(unit),
                "path": statuses[unit.unit_id],
                "environment": dict(agent_environment(unit.unit_id, "data")),
            }
            for unit in units
            if unit.unit_id in statuses and server_target(unit) is not None
        ),
    )


def _link_probes(
    units: Sequence[UnitPlan], links: Mapping[str, Sequence[str]], sources: Mapping[str, str]
) -> tuple[Mapping[str, object], ...]:
    return tuple(
        {
            "unit": unit.unit_id,
            "path": path,
            "module": module_path(RepoPath(path)),
            "names": sorted(_names_used(unit, module_path(RepoPath(path)), sources)),
        }
        for unit in units
        for path in links.get(unit.unit_id, ())
        if path.endswith(".py")
    )


def _extension_probes(
    units: Sequence[UnitPlan], extensions: Mapping[str, Mapping[str, LinkedName]]
) -> tuple[Mapping[str, object], ...]:
    return tuple(
        {
            "unit": unit.unit_id,
            "path": extension.path,
            "module": extension.module,
            "names": [extension.name],
            "extended": module_path(RepoPath(path)),
        }
        for unit in units
        for path, extension in extensions.get(unit.unit_id, {}).items()
    )


def run_probes(probes: Probes, *, repo: str, runtime: str, cache: str) -> IntegrateRecord:
    """Probe, in an interpreter whose import path is the repository and the runtime.

    Args:
        probes: what to probe.
        repo: absolute path of the assembled repository.
        runtime: absolute path of the folder with the runtime.
        cache: absolute path for compiled Python.

    Raises:
        ToolError: the probe did not run to its end.
    """
    completed = run_process(
        [sys.executable, "-P", str(_PROBE)],
        folder=repo if Path(repo).is_dir() else "/",
        environment=tool_environment(
            current_environment(), import_path=(repo, runtime), bytecode=f"{cache}/pycache"
        ),
        timeout_seconds=_TIMEOUT_SECONDS,
        stdin=json.dumps(msgspec.to_builtins(probes)).encode(),
    )
    if completed.exit_code != 0:
        detail = (completed.stderr or completed.stdout).strip()[-1500:]
        raise ToolError(f"the integration probe ended with {completed.exit_code}: {detail}")
    return msgspec.json.decode(completed.stdout.splitlines()[-1], type=IntegrateRecord)


def _names_used(unit: UnitPlan, module: str, sources: Mapping[str, str]) -> Iterable[str]:
    """Return the names that the unit's modules import from `module`."""
    names: set[str] = set()
    for file in unit.in_role("module"):
        tree = ast.parse(sources.get(file.path, ""))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == module:
                names.update(alias.name for alias in node.names)
    return names
