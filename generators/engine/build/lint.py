"""Lint the files of a unit with one run of ruff."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from generators.engine.shell.environment import current_environment, tool_environment
from generators.engine.shell.processes import Completed, run_process

_TIMEOUT_SECONDS = 120.0
_CONFIG = Path(__file__).with_name("generated_ruff.toml")


class ToolError(Exception):
    """A tool could not do its work: a fault, not a verdict."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """One complaint of a tool about one line."""

    path: str
    line: int
    column: int
    code: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckRecord:
    """What a tool said about a unit."""

    check: str
    tool: str
    files: int
    passed: bool
    violations: tuple[Violation, ...]


def lint_files(folder: str, paths: Sequence[str], *, namespace: str) -> CheckRecord:
    """Run ruff over Python files.

    Args:
        folder: their root.
        paths: relative paths.
        namespace: top package of the generated code, which import sorting must know.

    Raises:
        ToolError: ruff did not run to its end.
    """
    files = sorted(path for path in paths if path.endswith(".py"))
    if not files:
        return lint_record(files, [])
    completed = run_process(
        [
            str(Path(sys.executable).with_name("ruff")),
            "check",
            "--config",
            str(_CONFIG),
            "--config",
            f'lint.isort.known-first-party = ["{namespace}"]',
            "--no-cache",
            "--no-fix",
            "--output-format=json",
            *files,
        ],
        folder=folder,
        environment=tool_environment(current_environment(), import_path=(), bytecode=folder),
        timeout_seconds=_TIMEOUT_SECONDS,
    )
    return lint_record(files, _complaints(completed), root=str(Path(folder).resolve()))


def lint_record(
    files: Sequence[str], complaints: Sequence[dict[str, object]], *, root: str = ""
) -> CheckRecord:
    """Return the record of ruff's complaints, with paths relative to `root`."""
    violations = tuple(
        Violation(
            path=str(item["filename"]).removeprefix(f"{root}/"),
            line=_position(item, "row"),
            column=_position(item, "column"),
            code=str(item["code"] or "syntax"),
            message=str(item["message"]),
        )
        for item in complaints
    )
    return CheckRecord(
        check="lint",
        tool=f"ruff {version('ruff')}",
        files=len(files),
        passed=not violations,
        violations=tuple(sorted(violations, key=lambda v: (v.path, v.line, v.column, v.code))),
    )


def _position(item: dict[str, object], key: str) -> int:
    location = item["location"]
    value = location.get(key) if isinstance(location, dict) else None
    return value if isinstance(value, int) else 1


def _complaints(completed: Completed) -> list[dict[str, object]]:
    """Return ruff's complaints; it exits with 0 or 1 when it has done its work."""
    if completed.exit_code not in (0, 1):
        raise ToolError(f"ruff ended with {completed.exit_code}: {completed.stderr.strip()}")
    try:
        found = json.loads(completed.stdout)
    except ValueError as error:
        raise ToolError(f"ruff wrote no JSON: {completed.stdout[:200]}") from error
    return list(found)
