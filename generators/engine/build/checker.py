"""What doit compares: inputs as they were before a task ran, and outputs as it left them."""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from generators.engine.shell.stats import StatMemo


class DoitTask(Protocol):
    """What we use of a doit task."""

    name: str
    file_dep: set[str]
    targets: list[str]
    value_savers: list[Callable[[], Mapping[str, object]]]


class ContentChecker:
    """Compares files by content; an unchanged `stat` answers without reading.

    The state saved for an input is the digest it had when the task was selected, so that an edit
    while the task runs is seen next time. `before` holds these digests while a task is saved.
    """

    CheckerError = OSError

    def __init__(self, memo: StatMemo) -> None:
        self.memo = memo
        self.before: dict[str, str] = {}

    def exists(self, file_path: str) -> bool:
        """Tell whether a file is there."""
        return os.path.lexists(file_path)

    def info(self, file_path: str) -> os.stat_result:
        """Return what doit passes to `check_modified`; raises OSError for a missing file."""
        return os.stat(file_path)  # noqa: PTH116 - called for every dependency of every task

    def check_modified(self, file_path: str, file_stat: os.stat_result, state: str) -> bool:
        """Tell whether an input differs from its saved digest."""
        del file_stat
        return self.memo.digest(file_path) != state

    def get_state(self, dep: str, current_state: str | None) -> str | None:
        """Return the digest to save for an input; None if it is saved already."""
        digest = self.before.get(dep) or self.memo.digest(dep)
        return None if digest == current_state else digest


class Recipe:
    """doit's `uptodate` of a task: what makes it (engine code, patterns, tools), and what it made.

    Args:
        digest: fingerprint of all that makes the outputs, besides the inputs.
        checker: the run's checker.
        volatile: targets whose content may change after they were made (log files).
        kept: files that the task maintains besides its targets.
        optional: files that it makes in some states only.
    """

    def __init__(
        self,
        digest: str,
        checker: ContentChecker,
        *,
        volatile: Iterable[str] = (),
        kept: Iterable[str] = (),
        optional: Iterable[str] = (),
    ) -> None:
        self._digest = digest
        self._checker = checker
        self._volatile = frozenset(volatile)
        self._kept = tuple(kept)
        self._optional = tuple(optional)
        self._before: dict[str, str] = {}
        self._task: DoitTask | None = None

    def __repr__(self) -> str:
        """Say in `doit info` what has changed if this is why a task runs."""
        return f"what makes it (engine, patterns, tools: {self._digest[:12]}), or an output"

    def configure_task(self, task: DoitTask) -> None:
        """Let doit save our values with the task's."""
        self._task = task
        task.value_savers.append(self.values)

    def __call__(self, task: DoitTask, values: Mapping[str, object]) -> bool:
        """Tell whether the recipe is the same and every output is as it was left."""
        digests = ((path, self._checker.memo.optional(path)) for path in task.file_dep)
        self._before = {path: digest for path, digest in digests if digest is not None}
        if values.get("recipe") != self._digest:
            return False
        made = values.get("outputs")
        if not isinstance(made, Mapping) or not all(path in made for path in self._kept):
            return False
        return all(
            self._checker.memo.optional(path) in self._accepted(path, digest)
            for path, digest in made.items()
        )

    def _accepted(self, path: str, digest: str) -> tuple[str | None, ...]:
        """Return the digests that are no reason to run: doit itself sees a missing target."""
        return (digest,) if path in self._kept else (digest, None)

    def values(self) -> Mapping[str, object]:
        """Return what to save: recipe and output digests; called when the task has succeeded."""
        self._checker.before = self._before
        targets = self._task.targets if self._task is not None else []
        found = {
            path: self._checker.memo.optional(path)
            for path in (*targets, *self._kept, *self._optional)
            if path not in self._volatile
        }
        return {
            "recipe": self._digest,
            "outputs": {path: digest for path, digest in found.items() if digest is not None},
        }
