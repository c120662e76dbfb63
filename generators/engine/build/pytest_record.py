"""A pytest plugin that writes what happened, test by test, and what was covered, as one JSON file.

Loaded with `-p` into the process that runs the tests of a unit; `CODEGEN_TEST_RECORD` holds its
settings: the file to write, the folder of the code and the files to measure.
"""

import importlib
import json
import os
import time
from pathlib import Path
from typing import TypedDict

import pytest
from coverage import Coverage

_KINDS = ("positive", "negative", "regression")


class RecordSettings(TypedDict):
    """What `CODEGEN_TEST_RECORD` holds: where to write, and what to measure."""

    out: str
    folder: str
    tests: list[str]
    measured: list[str]


class Recorder:
    """Collects reports of one session; measures coverage from its creation to the end."""

    def __init__(self, settings: RecordSettings) -> None:
        self._settings = settings
        self._tests: dict[str, dict[str, object]] = {}
        self._errors: list[dict[str, str]] = []
        self._start = time.monotonic()
        self._coverage = Coverage(
            data_file=None, branch=True, source=[settings["folder"]], config_file=False
        )
        self._coverage.set_option("report:include_namespace_packages", value=True)
        self._coverage.start()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note the tests with their kinds."""
        for item in items:
            kinds = [kind for kind in _KINDS if item.get_closest_marker(kind) is not None]
            path, _, name = item.nodeid.partition("::")
            self._tests[item.nodeid] = {
                "path": path,
                "name": name,
                "kinds": kinds,
                "outcome": "not run",
                "seconds": 0.0,
                "message": "",
            }

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note files that cannot be collected."""
        if report.failed:
            self._errors.append({"path": report.nodeid, "message": str(report.longrepr)[-2000:]})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome of one phase of a test; the worst phase counts."""
        test = self._tests[report.nodeid]
        test["seconds"] = round(float(str(test["seconds"])) + report.duration, 4)
        outcome = _outcome(report)
        if report.when == "call" or outcome != "passed":
            test["outcome"] = outcome
        if outcome in ("failed", "error"):
            test["message"] = str(report.longrepr)[-2000:]

    def pytest_sessionfinish(self) -> None:
        """Write the record."""
        self._coverage.stop()
        record = {
            "seconds": round(time.monotonic() - self._start, 3),
            "tests": list(self._tests.values()),
            "errors": self._errors,
            "coverage": self._measured(),
        }
        Path(self._settings["out"]).write_text(json.dumps(record), encoding="utf-8")

    def _measured(self) -> dict[str, object]:
        folder = self._settings["folder"]
        found: dict[str, object] = {}
        report = Path(f"{self._settings['out']}.coverage")
        include = [f"{folder}/{path}" for path in self._settings["measured"]]
        if not include:
            return {}
        self._coverage.json_report(outfile=str(report), include=include)
        data = json.loads(report.read_text(encoding="utf-8"))
        report.unlink()
        for path, entry in data["files"].items():
            name = str(Path(path).resolve()).removeprefix(f"{folder}/")
            found[name] = {
                "statements": entry["summary"]["num_statements"],
                "covered_lines": entry["summary"]["covered_lines"],
                "branches": entry["summary"]["num_branches"],
                "covered_branches": entry["summary"]["covered_branches"],
                "missing_lines": entry["missing_lines"],
                "missing_branches": entry["missing_branches"],
            }
        return found


def _outcome(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "skipped"
    if report.failed and report.when != "call":
        return "error"
    return str(report.outcome)


def import_namespaces(paths: list[str]) -> None:
    """Import the packages that tests stand in, so that they span the whole import path.

    pytest would import them from the folder of the test alone, and other parts of the same
    namespace, such as the shared links, would not be found.
    """
    for path in paths:
        parts = path.split("/")[:-1]
        for end in range(1, len(parts) + 1):
            importlib.import_module(".".join(parts[:end]))


def pytest_configure(config: pytest.Config) -> None:
    """Register the recorder that was made when this module was loaded."""
    config.pluginmanager.register(_RECORDER, "codegen-recorder")


_SETTINGS: RecordSettings = json.loads(
    os.environ["CODEGEN_TEST_RECORD"]  # noqa: TID251 - runs in the process of the tests
)
_RECORDER = Recorder(_SETTINGS)
import_namespaces(_SETTINGS["tests"])
