"""Type-check the files of a unit with one run of mypy, incremental between runs."""

import re
import sys
from collections.abc import Sequence
from importlib.metadata import version

from generators.engine.build.lint import CheckRecord, ToolError, Violation
from generators.engine.shell.environment import current_environment, tool_environment
from generators.engine.shell.processes import Completed, run_process

_TIMEOUT_SECONDS = 600.0
_LINE = re.compile(
    r"(?P<path>[^:]+):(?P<line>\d+)(:(?P<column>\d+))?: (?P<kind>error|note): "
    r"(?P<message>.*?)(  \[(?P<code>[a-z0-9-]+)\])?"
)


def typecheck_files(
    folder: str, paths: Sequence[str], *, import_path: Sequence[str], cache: str
) -> CheckRecord:
    """Run `mypy --strict` over Python files; imported code is read, not judged.

    Args:
        folder: their root, which is on the import path.
        paths: relative paths.
        import_path: further folders to import from.
        cache: folder of mypy's incremental state.

    Raises:
        ToolError: mypy did not run to its end.
    """
    files = sorted(path for path in paths if path.endswith(".py"))
    if not files:
        return typecheck_record(files, "")
    environment = tool_environment(
        current_environment(), import_path=import_path, bytecode=f"{cache}/pycache"
    )
    environment["MYPYPATH"] = environment["PYTHONPATH"]
    completed = run_process(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file=",
            "--follow-imports=silent",
            "--explicit-package-bases",
            "--namespace-packages",
            "--show-column-numbers",
            "--no-error-summary",
            "--no-color-output",
            "--hide-error-context",
            f"--cache-dir={cache}/mypy",
            *files,
        ],
        folder=folder,
        environment=environment,
        timeout_seconds=_TIMEOUT_SECONDS,
    )
    return typecheck_record(files, _output(completed))


def typecheck_record(files: Sequence[str], output: str) -> CheckRecord:
    """Return the record of what mypy printed."""
    matches = (_LINE.fullmatch(line) for line in output.splitlines())
    violations = tuple(
        Violation(
            path=found["path"],
            line=int(found["line"]),
            column=int(found["column"] or 1),
            code=found["code"] or "mypy",
            message=found["message"],
        )
        for found in matches
        if found is not None and found["kind"] == "error"
    )
    return CheckRecord(
        check="typecheck",
        tool=f"mypy {version('mypy')} --strict",
        files=len(files),
        passed=not violations,
        violations=tuple(sorted(violations, key=lambda v: (v.path, v.line, v.column, v.code))),
    )


def _output(completed: Completed) -> str:
    """Return what mypy printed; it exits with 0 or 1 when it has done its work."""
    if completed.timed_out:
        raise ToolError(f"mypy did not end within {_TIMEOUT_SECONDS:.0f} s")
    if completed.exit_code not in (0, 1) and not _LINE.match(completed.stdout):
        detail = (completed.stderr or completed.stdout).strip()
        raise ToolError(f"mypy ended with {completed.exit_code}: {detail[:500]}")
    if completed.exit_code == 1 and not _LINE.match(completed.stdout):
        raise ToolError(f"mypy failed without a complaint: {completed.stdout[:500]}")
    return completed.stdout
