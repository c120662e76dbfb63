"""Measure the mutation score of a built agent.

python -m tests.bench.mutation extractions/sensor_watch sensor_watch [--sample 60] [--seed 1]
"""

import argparse
import sys
from pathlib import Path

from tests.bench.mutation.built import agent_targets
from tests.bench.mutation.killing import sample_mutants, try_mutants
from tests.bench.mutation.report import print_scores


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
    score = print_scores(try_mutants(chosen, import_path), sys.stdout, survivors=options.survivors)
    return int(score < options.limit)


if __name__ == "__main__":
    raise SystemExit(main())
