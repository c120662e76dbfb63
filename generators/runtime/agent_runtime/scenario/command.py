"""Leads a system through invented markets: `python -m agent_runtime.scenario a=pkg.m:make ...`.

Each market has a system of its own, all agents as processes with real HTTP. While it runs, each
event is a line on standard output; in the end come the figures, the claims, a picture and a JSON
file. Exit codes: 0 all claims hold, 1 one does not, 2 the scenario could not be run.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from agent_runtime.clock import system_clock
from agent_runtime.errors import AgentError
from agent_runtime.scenario import table
from agent_runtime.scenario.chain import CHAIN, ChainPath
from agent_runtime.scenario.claims import judge
from agent_runtime.scenario.detectors import RUNS, DetectorResult, measure_detectors
from agent_runtime.scenario.failures import ScenarioError
from agent_runtime.scenario.figures import LEAST_SEEDS, Claim
from agent_runtime.scenario.ground import PLAIN, ground_of
from agent_runtime.scenario.paths import AnswerPath, ScorerPath
from agent_runtime.scenario.picture import picture_of
from agent_runtime.scenario.running import SystemPlan, running
from agent_runtime.scenario.stages import StageState, stages_of
from agent_runtime.scenario.trial import Trial, TrialResult
from agent_runtime.simulators.market import MarketPlan
from agent_runtime.supervision.process import StartFailedError
from agent_runtime.supervision.surroundings import run_environment

A_CLAIM_FAILS: Final = 1
COULD_NOT_RUN: Final = 2
PARTIES: Final = 50
GROUPS: Final = 6
DEALS: Final = 1_200
FEWEST: Final = 2
"""Seeds of a look; gains are claimed from `LEAST_SEEDS` on."""

SYSTEMS: Final = "systems"
"""Folder below the output for what the systems write; begun anew each time."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = _parser().parse_args(arguments)
    plan = SystemPlan(
        targets=dict(given.member),
        absent=dict(given.absent),
        config=given.config,
        environ=run_environment(),
        adapters=(given.domain[0],) if given.domain else (),
    )
    try:
        results, stages = _trials(plan, given)
        _say("detectors: what was planted, and clean runs")
        detectors = measure_detectors(runs=given.detector_runs)
    except (AgentError, ScenarioError, StartFailedError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return COULD_NOT_RUN
    claims = (*judge(results), *(each.claim for each in detectors))
    for title, lines in (
        ("stages", table.stage_lines(stages)),
        ("held-out questions answered rightly", table.trial_lines(results)),
        (
            "detectors: share of runs in which they alarmed, by effect size",
            table.detector_lines(detectors),
        ),
        ("claims", table.claim_lines(claims)),
    ):
        _say("\n".join(("", title, *(f"  {line}" for line in lines))))
    _write(given.folder, results, stages, detectors, claims)
    return 0 if all(each.held for each in claims) else A_CLAIM_FAILS


def _trials(
    plan: SystemPlan, given: argparse.Namespace
) -> tuple[list[TrialResult], tuple[StageState, ...]]:
    """Lead a fresh system through each market, structured ones and controls in turn."""
    systems = given.folder / SYSTEMS
    if systems.exists():
        shutil.rmtree(systems)
    ground = ground_of(given.domain[1]) if given.domain else PLAIN
    results: list[TrialResult] = []
    stages: tuple[StageState, ...] = ()
    for seed in range(1, given.seeds + 1):
        for structured in (True, False):
            market = MarketPlan(
                seed=seed,
                parties=given.parties,
                groups=given.groups,
                deals=given.deals,
                structured=structured,
                plain=bool(given.domain),
            )
            tell = _teller(f"{'structure' if structured else 'control'} {seed}")
            trial = Trial(market, tell, ground)
            folder = systems / f"{'structure' if structured else 'control'}-{seed}"
            with running(plan, folder, trial.domain if plan.adapters else None) as (offers, talk):
                tell(f"started           {', '.join(plan.targets)}")
                whole = bool(plan.adapters) and all(offers.find(each) for each in CHAIN)
                stages = stages_of(offers, plan.absent, whole=whole)
                path: AnswerPath = (
                    ChainPath(offers, talk, ground, trial.domain, system_clock)
                    if whole
                    else ScorerPath(offers, talk, ground.relation)
                )
                results.append(trial.run(path))
    return results, stages


def _teller(name: str) -> Callable[[str], None]:
    began = time.monotonic()
    return lambda words: _say(f"{name:<12}{time.monotonic() - began:6.1f} s  {words}")


def _write(
    folder: Path,
    results: Sequence[TrialResult],
    stages: Sequence[StageState],
    detectors: Sequence[DetectorResult],
    claims: Sequence[Claim],
) -> None:
    document = {
        "held": all(each.held for each in claims),
        "claims": [asdict(each) for each in claims],
        "stages": [asdict(each) for each in stages],
        "trials": [asdict(each) for each in results],
        "detectors": [asdict(each) for each in detectors],
    }
    (folder / "scenario.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    (folder / "scenario.svg").write_text(picture_of(results), encoding="utf-8")
    _say(f"\nwritten   {folder / 'scenario.json'}, {folder / 'scenario.svg'}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="agent_runtime.scenario", description="Prove a system.")
    parser.add_argument("member", nargs="+", type=_named, help="agent=package.module:factory")
    parser.add_argument(
        "--absent", action="append", type=_named, default=[], help="agent=why it does not run"
    )
    parser.add_argument(
        "--domain", type=_named, help="adapter=module of its bridge to the domain that it serves"
    )
    parser.add_argument("--config", type=Path, required=True, help="the file that agents share")
    parser.add_argument("--folder", type=Path, required=True, help="for all output")
    parser.add_argument("--seeds", type=_seeds, default=LEAST_SEEDS, help="markets of each kind")
    parser.add_argument("--parties", type=int, default=PARTIES, help="sellers, buyers and wares")
    parser.add_argument("--groups", type=int, default=GROUPS, help="hidden groups on either side")
    parser.add_argument("--deals", type=int, default=DEALS, help="deals of a market's history")
    parser.add_argument("--detector-runs", type=int, default=RUNS, help="runs an effect size")
    return parser


def _named(text: str) -> tuple[str, str]:
    agent, _, value = text.partition("=")
    if not agent.isidentifier() or not value:
        raise argparse.ArgumentTypeError(f"{text!r} is not agent=value")
    return agent, value


def _seeds(text: str) -> int:
    count = int(text)
    if count < FEWEST:
        raise argparse.ArgumentTypeError(f"{FEWEST} seeds are the fewest that have an interval")
    return count
