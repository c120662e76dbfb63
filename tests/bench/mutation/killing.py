"""Run tests against mutants: each in a forked child that sees the mutant instead of the module."""

import contextlib
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import signal
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tests.bench.mutation.mutants import Mutant, make_mutants

LONGEST_SECONDS = 60
_UNUSABLE = frozenset({3, 4, 5})  # pytest: internal error, wrong use, no test found
LIBRARIES = ("numpy", "scipy.stats", "pydantic", "fastapi", "httpx", "hypothesis", "optuna")
"""What tests of the runtime itself share; the runtime must not be imported before a mutant is."""

AGENT_LIBRARIES = (
    *LIBRARIES,
    "agent_runtime.testing",
    "agent_runtime.service",
    "agent_runtime.training",
)
"""What tests of agents share."""


class UnfitTestsError(Exception):
    """Tests say nothing about mutants: they fail without one, or do not run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A module under test: its dotted name, its file, and the tests that should notice."""

    module: str
    path: Path
    tests: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one mutant."""

    target: Target
    mutant: Mutant
    killed: bool


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Serves the mutant's source for one module name."""

    def __init__(self, target: Target, source: str) -> None:
        self._target = target
        self._source = source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Claim the module, a package if its file is an `__init__`."""
        del path, target
        if fullname != self._target.module:
            return None
        is_package = self._target.path.name == "__init__.py"
        spec = importlib.util.spec_from_loader(fullname, self, is_package=is_package)
        if spec is not None and is_package:
            spec.submodule_search_locations = [str(self._target.path.parent)]
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Run the mutant as the module."""
        module.__file__ = str(self._target.path)
        exec(compile(self._source, str(self._target.path), "exec"), module.__dict__)  # noqa: S102


def sample_mutants(
    targets: Iterable[Target], *, count: int | None, seed: int
) -> list[tuple[Target, Mutant]]:
    """Return `count` mutants drawn evenly over all targets' mutants; all of them if None."""
    everything = [(t, mutant) for t in targets for mutant in make_mutants(t.path.read_text())]
    if count is None or count >= len(everything):
        return everything
    return random.Random(seed).sample(everything, count)  # noqa: S311 - not for secrets


def sample_each(targets: Iterable[Target], *, count: int, seed: int) -> list[tuple[Target, Mutant]]:
    """Return `count` mutants of each target, or all it has, so that small ones have their say."""
    return [
        chosen for target in targets for chosen in sample_mutants([target], count=count, seed=seed)
    ]


def try_mutants(
    chosen: Iterable[tuple[Target, Mutant]],
    import_path: Sequence[Path],
    *,
    shared: Sequence[str] = AGENT_LIBRARIES,
) -> Iterator[Outcome]:
    """Run the tests of each mutant's target against it; the module as it is must pass them first.

    Args:
        chosen: the mutants.
        import_path: folders to import the modules and their neighbours from.
        shared: modules to import once, before any mutant.

    Raises:
        UnfitTestsError: the tests fail on the module as it is, or cannot be run.
    """
    sys.path[:0] = [str(folder) for folder in import_path]
    _import_shared(shared)
    gc.freeze()
    passed: set[Target] = set()
    try:
        for target, mutant in chosen:
            if target not in passed:
                if _fails(target, target.path.read_text()):
                    raise UnfitTestsError(f"the tests of {target.module} fail without a mutation")
                passed.add(target)
            yield Outcome(target=target, mutant=mutant, killed=_fails(target, mutant.source))
    finally:
        gc.unfreeze()
        del sys.path[: len(import_path)]


def _import_shared(shared: Sequence[str]) -> None:
    """Import what every child needs, once: a fork then has it for nothing."""
    import pytest  # noqa: F401

    with warnings.catch_warnings(action="ignore"):
        for name in shared:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)


def _fails(target: Target, source: str) -> bool:
    """Tell whether the tests of `target` fail if its module is `source`."""
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="mutant-", ignore_cleanup_errors=True) as folder:
        child = os.fork()
        if child == 0:
            _run_child(target, source, Path(folder))
        _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code in _UNUSABLE:
        raise UnfitTestsError(f"the tests of {target.module} cannot be run (pytest code {code})")
    return code != 0


def _run_child(target: Target, source: str, folder: Path) -> None:
    """Run in the child: cut it off, limit it, test the module, and leave with pytest's code.

    A mutant may write where the module would not, so it works in `folder`; and what the parent
    turned into errors or captures is not the child's concern.
    """
    import pytest

    signal.alarm(LONGEST_SECONDS)
    os.chdir(folder)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.stdout = sys.stderr = os.fdopen(quiet, "w")
    warnings.resetwarnings()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.meta_path.insert(0, _Finder(target, source))
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-c", os.devnull]
    arguments.append(f"--basetemp={folder / 'tests'}")
    code = pytest.main([*arguments, *(str(path) for path in target.tests)])
    os._exit(int(code))
