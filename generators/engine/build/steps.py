"""The actions of all tasks, behind one function that imports what a step needs when it runs."""

import importlib
from collections.abc import Callable, Mapping

from doit.exceptions import TaskFailed

from generators.engine.build.failure import SaidNoError
from generators.engine.shell.clock import monotonic
from generators.engine.shell.environment import BuildSettings

Step = Callable[[BuildSettings, str, str], Mapping[str, object]]
"""A step gets the settings, the collection and its subject, and returns figures to report."""

_MODULES = {
    "run_findings": "steps_read",
    "run_validate": "steps_read",
    "refuse_names": "steps_read",
    "run_normalise": "steps_read",
    "run_meta": "steps_read",
    "run_sequence": "steps_plan",
    "run_lock": "steps_plan",
    "run_todo": "steps_plan",
    "run_generate": "steps_make",
    "run_format": "steps_make",
    "run_lint": "steps_check",
    "run_gate": "steps_check",
    "run_typecheck": "steps_check",
    "run_test": "steps_check",
    "run_install": "steps_install",
    "run_verdict": "steps_install",
    "run_prune": "steps_install",
    "refuse_unit": "steps_install",
    "run_manifest": "steps_evidence",
    "run_integrate": "steps_integrate",
    "judge_integration": "steps_integrate",
    "run_evidence": "steps_evidence",
}


def run_step(
    step: str, settings: BuildSettings, collection: str, subject: str
) -> dict[str, object] | TaskFailed:
    """Run one step; the action of every task.

    Args:
        step: its name.
        settings: where everything is.
        collection: the collection it belongs to.
        subject: what it works on.

    Returns:
        What the reporter may show (with `seconds`), or a failure that is a judgement.
    """
    start = monotonic()
    module = importlib.import_module(f"generators.engine.build.{_MODULES[step]}")
    run: Step = getattr(module, step)
    try:
        figures = run(settings, collection, subject)
    except SaidNoError as refusal:
        return TaskFailed(str(refusal))
    return {**figures, "seconds": monotonic() - start}
