"""Run the integration tests of what was installed, and count by edge how they went."""

from collections.abc import Iterable, Mapping, Sequence

from generators.engine.build.testing import run_tests
from generators.engine.evidence.records import EdgeProbe
from generators.engine.plan.edges import edge_at
from generators.engine.plan.unit_plan import PlannedFile, UnitPlan
from generators.engine.sources.canonical import Plain

_POSITIVE = "positive"
_NEGATIVE = "negative"
_MOST_CHARACTERS = 300


def edge_probes(
    units: Iterable[UnitPlan], glue: Mapping[str, Plain], *, repo: str, runtime: str, cache: str
) -> tuple[EdgeProbe, ...]:
    """Run the integration tests in the assembled repository; return a result a file.

    Args:
        units: the units that passed.
        glue: the glue, which says what edge a file is about.
        repo: absolute path of the repository.
        runtime: absolute path of the folder with the runtime.
        cache: absolute path for compiled Python and temporary files.

    Raises:
        ToolError: pytest did not run to its end.
    """
    files = [file for unit in units for file in unit.in_role("integration")]
    if not files:
        return ()
    record = run_tests(repo, [f.path for f in files], [], import_path=(runtime,), cache=cache)
    return tuple(probe_of(file, record, glue) for file in files)


def probe_of(
    file: PlannedFile, record: Mapping[str, object], glue: Mapping[str, Plain]
) -> EdgeProbe:
    """Return how the tests of one file went.

    Args:
        file: the file, as it was planned.
        record: the record of the whole run.
        glue: says what edge the file is about.
    """
    edge = edge_at(glue, file.pointer)
    tests = [test for test in _entries(record, "tests") if test.get("path") == file.path]
    errors = [e for e in _entries(record, "errors") if str(e.get("path")).startswith(file.path)]
    failed = [test for test in tests if test.get("outcome") != "passed"]
    return EdgeProbe(
        path=file.path,
        caller=edge.caller if edge else "",
        callee=edge.callee if edge else "",
        connection=edge.connection if edge else file.purpose,
        steps=len(_of_kind(tests, _POSITIVE)),
        steps_passed=len(_passed(_of_kind(tests, _POSITIVE))),
        failures=len(_of_kind(tests, _NEGATIVE)),
        failures_passed=len(_passed(_of_kind(tests, _NEGATIVE))),
        messages=tuple(
            f"{entry.get('name', entry.get('path'))}: {_last(entry)}"
            for entry in (*failed, *errors)
        ),
    )


def _entries(record: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    found = record.get(key)
    listed = found if isinstance(found, Sequence) else ()
    return [entry for entry in listed if isinstance(entry, Mapping)]


def _of_kind(tests: Iterable[Mapping[str, object]], kind: str) -> list[Mapping[str, object]]:
    return [test for test in tests if kind in _kinds(test)]


def _kinds(test: Mapping[str, object]) -> Sequence[object]:
    kinds = test.get("kinds")
    return kinds if isinstance(kinds, Sequence) else ()


def _passed(tests: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    return [test for test in tests if test.get("outcome") == "passed"]


def _last(entry: Mapping[str, object]) -> str:
    lines = str(entry.get("message", "")).strip().splitlines() or [str(entry.get("outcome", ""))]
    return lines[-1][-_MOST_CHARACTERS:]
