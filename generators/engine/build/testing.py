"""Run the tests of a unit in one process, and turn what it recorded into a test record."""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from generators.engine.build.lint import ToolError
from generators.engine.shell.environment import current_environment, tool_environment
from generators.engine.shell.files import fastest_folder, read_optional, scratch_folder
from generators.engine.shell.processes import run_process

_TIMEOUT_SECONDS = 600.0
_CONFIG = Path(__file__).with_name("generated_pytest.ini")
_PLUGIN = "generators.engine.build.pytest_record"


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """Counts of tests by outcome and kind, and of lines and branches."""

    tests: int
    passed: int
    failed: int
    skipped: int
    positive: int
    negative: int
    regression: int
    statements: int
    covered_lines: int
    branches: int
    covered_branches: int

    @property
    def coverage(self) -> float:
        """Return the share of lines and branches that ran, from 0 to 1; 1 if there are none."""
        whole = self.statements + self.branches
        return (self.covered_lines + self.covered_branches) / whole if whole else 1.0


def run_tests(
    folder: str,
    tests: Sequence[str],
    measured: Sequence[str],
    *,
    import_path: Sequence[str],
    cache: str,
) -> dict[str, object]:
    """Run tests and measure the branch coverage of some files.

    Args:
        folder: absolute root of both.
        tests: relative paths of test files.
        measured: relative paths of the files whose coverage counts.
        import_path: further folders to import from.
        cache: folder for compiled Python and temporary files.

    Returns:
        The record as plain data.

    Raises:
        ToolError: pytest did not run to its end.
    """
    if not tests:
        return record_of({"seconds": 0.0, "tests": [], "errors": [], "coverage": {}})
    with scratch_folder(fastest_folder(cache), "codegen-tests-") as scratch:
        out = f"{scratch}/record.json"
        environment = tool_environment(
            current_environment(), import_path=(folder, *import_path), bytecode=f"{cache}/pycache"
        )
        environment["CODEGEN_TEST_RECORD"] = json.dumps(
            {"out": out, "folder": folder, "tests": list(tests), "measured": list(measured)}
        )
        completed = run_process(
            [
                sys.executable,
                "-m",
                "pytest",
                "-c",
                str(_CONFIG),
                "--rootdir",
                folder,
                "-p",
                _PLUGIN,
                "-p",
                "no:hypothesispytest",
                "-p",
                "no:pytest_cov",
                "--continue-on-collection-errors",
                f"--basetemp={scratch}/each",
                *tests,
            ],
            folder=folder,
            environment=environment,
            timeout_seconds=_TIMEOUT_SECONDS,
        )
        content = read_optional(out)
    if content is None or completed.timed_out:
        state = "did not end in time" if completed.timed_out else f"ended: {completed.exit_code}"
        detail = (completed.stderr or completed.stdout).strip()[-1500:]
        raise ToolError(f"pytest {state}: {detail}")
    return record_of(json.loads(content))


def record_of(raw: Mapping[str, object]) -> dict[str, object]:
    """Return the record of what the plugin wrote: totals first, then each test and file."""
    totals = totals_of(raw)
    errors = _list(raw, "errors")
    return {
        "check": "test",
        "tool": f"pytest {version('pytest')}, coverage {version('coverage')}",
        "passed": not errors and totals.failed == 0 and totals.passed == totals.tests,
        "totals": {
            "tests": totals.tests,
            "passed": totals.passed,
            "failed": totals.failed,
            "skipped": totals.skipped,
            "positive": totals.positive,
            "negative": totals.negative,
            "regression": totals.regression,
            "statements": totals.statements,
            "covered_lines": totals.covered_lines,
            "branches": totals.branches,
            "covered_branches": totals.covered_branches,
            "coverage": round(totals.coverage, 6),
        },
        "seconds": raw.get("seconds"),
        "errors": errors,
        "tests": _list(raw, "tests"),
        "coverage": raw.get("coverage", {}),
    }


def totals_of(raw: Mapping[str, object]) -> Totals:
    """Return the counts of a raw record; an error in a test's setup counts as failed."""
    tests = [test for test in _list(raw, "tests") if isinstance(test, dict)]
    outcomes = Counter(str(test["outcome"]) for test in tests)
    kinds = Counter(str(kind) for test in tests for kind in test["kinds"])
    coverage = raw.get("coverage")
    files = coverage.values() if isinstance(coverage, dict) else ()
    sums = {
        key: sum(int(entry[key]) for entry in files)
        for key in ("statements", "covered_lines", "branches", "covered_branches")
    }
    return Totals(
        tests=len(tests),
        passed=outcomes["passed"],
        failed=outcomes["failed"] + outcomes["error"] + outcomes["not run"],
        skipped=outcomes["skipped"],
        positive=kinds["positive"],
        negative=kinds["negative"],
        regression=kinds["regression"],
        **sums,
    )


def _list(data: Mapping[str, object], key: str) -> list[object]:
    value = data.get(key, [])
    return value if isinstance(value, list) else []
