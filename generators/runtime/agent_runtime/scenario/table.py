"""The figures of a scenario as lines of text."""

from collections.abc import Sequence

from agent_runtime.scenario.claims import gain_on_popularity, over
from agent_runtime.scenario.detectors import DetectorResult
from agent_runtime.scenario.figures import Claim
from agent_runtime.scenario.stages import StageState
from agent_runtime.scenario.trial import TrialResult

_COLUMNS = ("untaught", "popularity", "taught", "learnt", "best")


def trial_lines(results: Sequence[TrialResult]) -> list[str]:
    """Return a line a market, and the gain on popularity of either kind."""
    head = "".join(f"{name:>12}" for name in _COLUMNS)
    lines = [f"{'market':<22}{head}"]
    for each in results:
        kind = "structure" if each.structured else "control"
        figures = "".join(f"{getattr(each, name):>12.3f}" for name in _COLUMNS)
        lines.append(f"{f'{kind}, seed {each.seed}':<22}{figures}")
    for structured, kind in ((True, "structure"), (False, "control")):
        gain = over(results, gain_on_popularity, structured=structured)
        lines.append(f"{kind:<12}learnt - popularity {gain}  (95 %, {gain.count} markets)")
    return lines


def detector_lines(detectors: Sequence[DetectorResult]) -> list[str]:
    """Return a line a detector: rate by effect size, with its interval."""
    return [
        f"{each.name:<16}"
        + "  ".join(
            f"{rate.effect:g}: {rate.rate:.2f} [{rate.interval.low:.2f}, {rate.interval.high:.2f}]"
            for rate in each.rates
        )
        for each in detectors
    ]


def stage_lines(stages: Sequence[StageState]) -> list[str]:
    """Return a line a stage: whether it ran."""
    return [f"{'ran' if each.ran else 'not run':<9}{each.name}: {each.told}" for each in stages]


def claim_lines(claims: Sequence[Claim]) -> list[str]:
    """Return a line a claim: whether it holds."""
    return [f"{'holds' if each.held else 'FAILS':<9}{each.name}: {each.told}" for each in claims]
