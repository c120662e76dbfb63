"""Prove that what was installed works together, in an interpreter that sees nothing else."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from generators.engine.build.lint import ToolError
from generators.engine.names import RepoPath, module_path
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.shell.environment import current_environment, tool_environment
from generators.engine.shell.processes import run_process

_TIMEOUT_SECONDS = 120.0
_OK = 200
_PROBE = Path(__file__).with_name("integration_probe.py")


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """How one agent answered its status request; `status` is None if it could not be started."""

    what: str
    status: int | None
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something that does not work together."""

    what: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IntegrationRecord:
    """What was imported and started, and what went wrong."""

    check: str
    passed: bool
    modules: tuple[str, ...]
    started: tuple[Started, ...]
    problems: tuple[Problem, ...]


def integrate(
    units: Sequence[UnitPlan],
    statuses: dict[str, str],
    *,
    repo: str,
    runtime: str,
    cache: str,
) -> IntegrationRecord:
    """Import all modules of `units` from the assembled repository, and start each agent.

    Args:
        units: the units that passed.
        statuses: path of the status endpoint by agent id.
        repo: absolute path of the assembled repository.
        runtime: absolute path of the folder with the runtime.
        cache: absolute path for compiled Python.

    Raises:
        ToolError: the probe did not run to its end.
    """
    modules = tuple(_modules(units))
    agents = [
        {"package": module_path(RepoPath(unit.rootpath)), "status": statuses[unit.unit_id]}
        for unit in units
        if unit.unit_id in statuses
    ]
    completed = run_process(
        [sys.executable, "-P", str(_PROBE)],
        folder=repo if Path(repo).is_dir() else "/",
        environment=tool_environment(
            current_environment(), import_path=(repo, runtime), bytecode=f"{cache}/pycache"
        ),
        timeout_seconds=_TIMEOUT_SECONDS,
        stdin=json.dumps({"modules": modules, "agents": agents}).encode(),
    )
    if completed.exit_code != 0:
        detail = (completed.stderr or completed.stdout).strip()[-1500:]
        raise ToolError(f"the integration probe ended with {completed.exit_code}: {detail}")
    return record_of(modules, json.loads(completed.stdout.splitlines()[-1]))


def record_of(
    modules: tuple[str, ...], found: dict[str, list[dict[str, object]]]
) -> IntegrationRecord:
    """Return the record of what the probe printed."""
    problems = [
        Problem(what=str(item["what"]), message=str(item["message"])) for item in found["problems"]
    ]
    started = tuple(
        Started(
            what=str(item["what"]),
            status=item["status"] if isinstance(item["status"], int) else None,
            message=str(item["message"]),
        )
        for item in found["started"]
    )
    problems += [Problem(what=s.what, message=s.message) for s in started if s.status != _OK]
    return IntegrationRecord(
        check="integrate",
        passed=not problems,
        modules=modules,
        started=started,
        problems=tuple(problems),
    )


def _modules(units: Iterable[UnitPlan]) -> Iterable[str]:
    for unit in units:
        yield from (file.module for file in unit.files if file.module)
