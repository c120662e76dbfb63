"""Measure the mutation score of the runtime library under its own unit tests.

python -m tests.bench.mutation.runtime [--each 3] [--seed 1] [--module packets]
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.mutation.killing import LIBRARIES, Target, sample_each, try_mutants
from tests.bench.mutation.report import print_scores

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "agent_runtime"
_MOST_TEST_FILES = 4


def main() -> int:
    """Print the score of each module and of all; exit 1 below the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=3, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=0.8)
    parser.add_argument("--module", help="only this module, for example memory.causal")
    options = parser.parse_args()
    targets = [
        target
        for target in runtime_targets()
        if options.module in (None, target.module.removeprefix(f"{PACKAGE}."))
    ]
    chosen = sample_each(targets, count=options.each, seed=options.seed)
    folder = ROOT / "generators" / "runtime"
    outcomes = try_mutants(chosen, [folder, ROOT], shared=LIBRARIES)
    return int(print_scores(outcomes, sys.stdout) < options.limit)


def runtime_targets() -> list[Target]:
    """Return each module of the runtime with the test files that import it, the nearest first."""
    files = [*ROOT.glob("tests/unit/runtime/test_*.py"), *ROOT.glob("tests/contracts/test_*.py")]
    tests = {path: _imported(path) for path in sorted(files)}
    folder = ROOT / "generators" / "runtime"
    found = []
    for path in sorted((folder / PACKAGE).rglob("*.py")):
        module = ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        importing = [test for test, names in tests.items() if module in names]
        nearest = sorted(importing, key=lambda test: (path.stem not in test.stem, len(tests[test])))
        if nearest:
            own = tuple(nearest[:_MOST_TEST_FILES])
            found.append(Target(module=module, path=path, tests=own))
    return found


def _imported(path: Path) -> frozenset[str]:
    """Return the dotted modules that a test file imports from, and the names it imports."""

    def names() -> Iterator[str]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)

    return frozenset(names())


if __name__ == "__main__":
    raise SystemExit(main())
