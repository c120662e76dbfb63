"""Print what became of mutants: survivors as they come, then the score of each module."""

from collections import Counter
from collections.abc import Iterable
from typing import TextIO

from tests.bench.mutation.killing import Outcome


def print_scores(outcomes: Iterable[Outcome], out: TextIO, *, survivors: bool = True) -> float:
    """Write the scores to `out` and return the share of all mutants that was noticed."""
    made: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    for outcome in outcomes:
        made[outcome.target.module] += 1
        killed[outcome.target.module] += outcome.killed
        if survivors and not outcome.killed:
            where = f"{outcome.target.path.name}:{outcome.mutant.line}"
            out.write(f"survived  {where:40} {outcome.mutant.change}\n")
            out.flush()
    for name in sorted(made):
        out.write(f"{name:48} {killed[name]:4}/{made[name]:4}  {killed[name] / made[name]:.1%}\n")
    score = killed.total() / max(made.total(), 1)
    out.write(f"{'all':48} {killed.total():4}/{made.total():4}  {score:.1%}\n")
    return score
