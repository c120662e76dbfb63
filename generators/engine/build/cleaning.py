"""`doit clean`: remove what the build made, and keep what somebody edited since."""

import hashlib
import sys
from collections.abc import Sequence

from doit.globals import Globals

from generators.engine.build.checker import DoitTask
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import is_file, read_bytes, remove_file


def clean_outputs(
    settings: BuildSettings,
    volatile: Sequence[str],
    kept: Sequence[str],
    task: DoitTask,
    *,
    dryrun: bool,
) -> None:
    """Remove the targets of a task that still hold what the build wrote.

    Args:
        settings: where outputs are; `forced` removes edited files as well.
        volatile: targets that change by themselves; they are removed only if empty, or by force.
        kept: files of the user that the task maintains; they stay.
        task: the task; doit passes it.
        dryrun: only say what would be done; doit passes it.
    """
    values = Globals.dep_manager.get_values(task.name)
    made = values.get("outputs") or {}
    for path in sorted({*task.targets, *made}, reverse=True):
        if path in kept or not is_file(path):
            continue
        content = read_bytes(path)
        ours = made.get(path) == hashlib.sha256(content).hexdigest()
        if path in volatile:
            ours = not content
        if not (ours or settings.forced):
            hint = "edited since it was built; CODEGEN_FORCE=1 removes it"
            sys.stdout.write(f"{task.name}: kept {path}, {hint}\n")
            continue
        sys.stdout.write(f"{task.name}: removing {path}\n")
        if not dryrun:
            remove_file(path, settings.out)
