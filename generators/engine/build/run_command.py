"""`doit run` with the exit codes of this project: 1 if a gate said no, 2 if the engine could not.

doit itself ends with 2 as soon as a task is left out because another failed, also when all that
failed was a judgement; a group such as `doit validate` is left out like any other task.
"""

from collections.abc import Mapping, Sequence

from doit.cmd_run import Run

from generators.engine.build.reporter import BuildReporter

_REFUSED = 1
_COULD_NOT = 2


class BuildRun(Run):  # type: ignore[misc] # doit ships no types
    """doit's `run`, replaced under its own name."""

    name = "run"

    def execute(self, params: Mapping[str, object], args: Sequence[str]) -> int:
        """Run the tasks and return the exit code."""
        code: int = super().execute(params, args)
        return exit_code(code, BuildReporter.last)


def exit_code(code: int, reporter: BuildReporter | None) -> int:
    """Return doit's exit code, or 1 where all that failed was a judgement."""
    if code == _COULD_NOT and reporter is not None and reporter.only_refusals:
        return _REFUSED
    return code
