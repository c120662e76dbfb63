"""What a build prints: one line a unit when it is through, failures in full, and a summary."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from doit.exceptions import InvalidTask
from doit.globals import Globals

from generators.engine.shell.clock import monotonic
from generators.engine.shell.files import read_optional
from generators.engine.shell.locks import LockedError

_SHOWN = ("generate", "format", "lint", "gate", "typecheck", "test", "install")
_ARROW = " ▸ "
_CLEAR = "\r\x1b[2K"
_MOST_REASONS = 6
_NEXT = "next      doit plan · doit verify · doit list --all · make run AGENT=<agent>"


class BuildReporter:
    """doit's reporter: quiet about what is up to date.

    Args:
        outstream: where to write.
        options: doit's options for reporters.
    """

    desc = "a line a unit, failures in full, a summary"
    last: "BuildReporter | None" = None

    def __init__(self, outstream: TextIO, options: Mapping[str, object]) -> None:
        del options
        self._out = outstream
        self._units: dict[str, UnitProgress] = {}
        self._summaries: list[str] = []
        self._started = monotonic()
        self._failed = 0
        self._not_run = 0
        self._showing = False
        self._faults = 0
        BuildReporter.last = self
        self._errors: list[str] = []

    def initialize(self, tasks: Mapping[str, Any], selected_tasks: Iterable[str]) -> None:
        """Take the build's lock before anything is compared.

        Raises:
            InvalidTask: another build holds it.
        """
        del selected_tasks
        begin = getattr(Globals.dep_manager.backend, "begin", None)
        if begin is not None:
            try:
                begin()
            except LockedError as error:
                raise InvalidTask(str(error)) from error
        for task in tasks.values():
            stage, _, name = task.name.partition(":")
            if stage in _SHOWN and name:
                self._units.setdefault(name, UnitProgress(name))

    @property
    def only_refusals(self) -> bool:
        """Tell whether all that failed was a judgement: no fault of ours, no error of doit."""
        return self._failed > 0 and not self._faults and not self._errors

    def get_status(self, task: Any) -> None:  # noqa: ANN401 - doit's tasks have no type
        """Nothing to show when a task is looked at."""

    def execute_task(self, task: Any) -> None:  # noqa: ANN401 - doit's tasks have no type
        """Show on a terminal what is being done; the next line takes its place."""
        if self._out.isatty() and not task.has_subtask:
            self._out.write(f"{_CLEAR}  {task.name} ...")
            self._out.flush()
            self._showing = True

    def skip_uptodate(self, task: Any) -> None:  # noqa: ANN401 - doit's tasks have no type
        """Nothing to show for what is up to date."""

    def skip_ignore(self, task: Any) -> None:  # noqa: ANN401 - doit's tasks have no type
        """Say what the user told doit to ignore."""
        self._write(f"ignored {task.name}")

    def add_success(self, task: Any) -> None:  # noqa: ANN401 - doit's tasks have no type
        """Note the figures of a step; show a unit's line when it is installed."""
        stage, _, name = task.name.partition(":")
        notes = task.values.get("notes")
        if notes:
            self._write(str(notes))
        if stage == "evidence":
            self._summaries += [path for path in task.targets if path.endswith("/summary.json")]
        unit = self._units.get(name)
        if unit is not None and stage in _SHOWN:
            unit.note(stage, task.values)
            if stage == "install" and unit.worked:
                self._write(unit.line())

    def add_failure(self, task: Any, fail: Any) -> None:  # noqa: ANN401 - doit's types
        """Show a judgement as it is written, and a fault with its trace."""
        if not fail.report:
            return
        self._failed += 1
        if fail.get_name() == "UnmetDependency":
            self._not_run += not task.has_subtask
            return
        self._faults += fail.get_name() != "TaskFailed"
        if fail.get_name() == "TaskFailed":
            self._write(str(fail.message))
            return
        self._write(f"{task.name}: {fail.get_name()}\n{fail.get_msg()}")

    def cleanup_error(self, exception: Any) -> None:  # noqa: ANN401 - doit's types
        """Show what went wrong in a teardown."""
        self._write(exception.get_msg())

    def runtime_error(self, msg: str) -> None:
        """Keep doit's own errors for the end."""
        self._errors.append(msg)

    def teardown_task(self, task: Any) -> None:  # noqa: ANN401 - doit's tasks have no type
        """Nothing to show; no task has a teardown."""

    def complete_run(self) -> None:
        """Close with the errors of doit itself, or with the figures of the evidence."""
        self._clear()
        for message in self._errors:
            self._write(message)
        if self._not_run:
            self._write(f"{self._not_run} tasks were not run because of what failed above")
        for path in self._summaries:
            self._write(summary_lines(read_optional(path), path.rpartition("/")[0]))
        if self._summaries:
            self._write(f"time      {monotonic() - self._started:.1f} s\n{_NEXT}")

    def _write(self, text: str) -> None:
        self._clear()
        if text:
            self._out.write(f"{text}\n")
            self._out.flush()

    def _clear(self) -> None:
        """Remove the line that says what is being done."""
        if self._showing:
            self._out.write(_CLEAR)
            self._out.flush()
            self._showing = False


class UnitProgress:
    """What the steps of one unit reported."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._figures: dict[str, Mapping[str, Any]] = {}

    @property
    def worked(self) -> bool:
        """Tell whether more was done than to judge anew what was judged before."""
        return len(self._figures) > 1

    def note(self, stage: str, figures: Mapping[str, Any]) -> None:
        """Keep the figures of one step."""
        self._figures[stage] = dict(figures)

    def line(self) -> str:
        """Return the unit's line: stages that ran, and what they found."""
        stages = _ARROW.join(stage for stage in _SHOWN if stage in self._figures)
        seconds = sum(float(f.get("seconds", 0.0)) for f in self._figures.values())
        parts = [f"  {self._name:24} {stages:58}", *self._counts(), f"{seconds:.1f} s"]
        return "  ".join(parts)

    def _counts(self) -> list[str]:
        figures, counts = self._figures, []
        install = figures.get("install", {})
        counts.append(f"{install.get('files', 0)} files")
        tests = figures.get("test")
        if tests is not None:
            counts.append(f"{tests.get('passed', 0)}/{tests.get('tests', 0)} tests")
            counts.append(f"{float(tests.get('coverage', 0.0)):.1%} cov")
        gates = figures.get("gate")
        if gates is not None:
            counts.append(f"{gates.get('passed', 0)}/{gates.get('gates', 0)} gates")
        counts += [
            f"{figures[check]['violations']} {check}"
            for check in ("lint", "typecheck")
            if figures.get(check, {}).get("violations")
        ]
        if install.get("passed") is False:
            counts.append("NOT PASSED")
        return counts


def summary_lines(content: bytes | None, folder: str) -> str:
    """Return the closing lines of a collection from its `summary.json`; empty if there is none.

    Args:
        content: the file, as the evidence step writes it.
        folder: the collection's output folder, for the path of the report.
    """
    if content is None:
        return ""
    data: Mapping[str, Any] = json.loads(content)
    coverage = data.get("coverage_percent")
    figures = [
        f"{data.get('collection')} {data.get('version')}",
        f"{data.get('agents_built')} of {data.get('agents')} agents",
        f"{data.get('modules')} modules",
        f"{data.get('documents')} docs",
        f"{data.get('test_files')} test files",
        f"{data.get('tests_passed')}/{data.get('tests')} tests",
        *([f"{coverage:.1f} % cov"] if isinstance(coverage, float) else []),
        f"{data.get('gates_passed')}/{data.get('gates')} gates",
    ]
    reasons = [*data.get("failures", []), *data.get("unfinished", [])]
    state = "declared" if data.get("declared") else f"not declared, {len(reasons)} reasons"
    report = f"{folder}/{data.get('page')}"
    signer = f"{data.get('sections')}/10 sections · signed ({data.get('signed_by')}) · {state}"
    lines = [" · ".join(figures), f"evidence  {report}   {signer}"]
    lines += [f"open      {reason}" for reason in reasons[:_MOST_REASONS]]
    if len(reasons) > _MOST_REASONS:
        lines.append(f"open      and {len(reasons) - _MOST_REASONS} more, see the report")
    return "\n".join(lines)
