"""Run doit in a forked child: as a user would, without the second it takes to import the engine."""

import io
import multiprocessing
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import jsonschema
import yaml
from doit import cmd_run
from doit.doit_cmd import DoitMain

from generators.engine.build import graph, graph_tasks, load_library, steps_evidence, steps_read
from tests.e2e.workspace import Ran

IMPORTED = (jsonschema, yaml, graph, graph_tasks, load_library, steps_evidence, steps_read)
"""What every child needs, imported once by its parent."""

_KEPT = ("PATH", "HOME")
_LIMIT_S = 60


class HangingError(Exception):
    """A command did not end in time."""


def doit(root: Path, *arguments: str) -> Ran:
    """Run doit in a folder, with nothing of the caller's environment but what programs need.

    Raises:
        HangingError: it took longer than a minute.
    """
    written = root / "out.txt"
    child = multiprocessing.get_context("fork").Process(
        target=_run, args=(root, arguments, written)
    )
    child.start()
    child.join(_LIMIT_S)
    if child.exitcode is None:
        child.kill()
        child.join()
        raise HangingError(f"doit {' '.join(arguments)} in {root}")
    return Ran(code=child.exitcode, out=written.read_text())


def _run(root: Path, arguments: Iterable[str], written: Path) -> None:
    os.chdir(root)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, LANG="C.UTF-8", SOURCE_DATE_EPOCH="1760000000")
    sys.path.insert(0, str(root))
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = sys.stderr = io.TextIOWrapper(os.fdopen(1, "wb", closefd=False))
    cmd_run.opt_outfile["default"] = sys.stdout  # doit took its parent's when it was imported
    code = DoitMain().run(list(arguments))
    sys.stdout.flush()
    sys.exit(code)
