"""Measure the mutation score of a built agent.

python -m tests.bench.mutation extractions/sensor_watch sensor_watch [--sample 60] [--seed 1]
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from tests.bench.mutation.built import agent_targets
from tests.bench.mutation.killing import Outcome, sample_mutants, try_mutants


def main() -> int:
    """Print the score of each module and of all; exit 1 below the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extraction", type=Path, help="folder of the built collection")
    parser.add_argument("agent", help="agent id")
    parser.add_argument("--sample", type=int, help="how many mutants; all if not given")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=0.8)
    parser.add_argument("--survivors", action="store_true", help="list what was not noticed")
    parser.add_argument("--module", help="only this file stem")
    options = parser.parse_args()
    targets, import_path = agent_targets(options.extraction.resolve(), options.agent)
    if options.module:
        targets = [t for t in targets if t.path.stem == options.module]
    chosen = sample_mutants(targets, count=options.sample, seed=options.seed)
    outcomes: list[Outcome] = []
    for outcome in try_mutants(chosen, import_path):
        outcomes.append(outcome)
        if options.survivors and not outcome.killed:
            where = f"{outcome.target.path.name}:{outcome.mutant.line}"
            sys.stdout.write(f"survived  {where:40} {outcome.mutant.change}\n")
            sys.stdout.flush()
    made = Counter(o.target.path.name for o in outcomes)
    killed = Counter(o.target.path.name for o in outcomes if o.killed)
    for name in sorted(made):
        sys.stdout.write(
            f"{name:32} {killed[name]:4}/{made[name]:4}  {killed[name] / made[name]:.1%}\n"
        )
    score = sum(killed.values()) / max(sum(made.values()), 1)
    sys.stdout.write(f"{'all':32} {sum(killed.values()):4}/{sum(made.values()):4}  {score:.1%}\n")
    return int(score < options.limit)


if __name__ == "__main__":
    raise SystemExit(main())
