"""What the scenario promises to show, and whether its figures show it."""

from collections.abc import Callable, Sequence

from agent_runtime.scenario.figures import LEAST_SEEDS, Claim, Spread, spread
from agent_runtime.scenario.trial import TrialResult

Figure = Callable[[TrialResult], float]


def gain_on_popularity(result: TrialResult) -> float:
    """Return by how much the taught system beats popularity on held-out questions."""
    return result.learnt - result.popularity


def gain_by_learning(result: TrialResult) -> float:
    """Return by how much the taught system beats itself before training."""
    return result.learnt - result.untaught


def over(results: Sequence[TrialResult], figure: Figure, *, structured: bool) -> Spread:
    """Return the spread of a figure over the markets with, or without, structure."""
    return spread([figure(each) for each in results if each.structured is structured])


def judge(results: Sequence[TrialResult]) -> tuple[Claim, ...]:
    """Return every claim about learning, held or not.

    Fewer than `LEAST_SEEDS` markets of a kind are a look, no proof: no gain is claimed then.
    """
    beats = over(results, gain_on_popularity, structured=True)
    better = over(results, gain_by_learning, structured=True)
    control = over(results, gain_on_popularity, structured=False)
    served = [any(each.promoted) for each in results if each.structured]
    refused = [each.refused_untaught for each in results]
    escalated = [each.escalated for each in results if each.structured]
    gains = (
        Claim(name="better than before training", held=better.above, told=str(better)),
        Claim(name="better than popularity", held=beats.above, told=str(beats)),
        Claim(
            name="no gain on popularity without structure",
            held=not control.above,
            told=str(control),
        ),
    )
    words = [each.overridden for each in results if each.overridden is not None]
    overrides = (
        Claim(
            name="an override changes the decision",
            held=all(words),
            told=f"{sum(words)} of {len(words)}",
        ),
    )
    return (
        Claim(
            name="without a model the system says so",
            held=all(refused),
            told=f"{sum(refused)} of {len(refused)}",
        ),
        Claim(
            name="models trained on structure are promoted in most markets",
            held=2 * sum(served) > len(served),
            told=f"{sum(served)} of {len(served)}",
        ),
        *(gains if beats.count >= LEAST_SEEDS else ()),
        Claim(
            name="doubtful answers of weight are escalated",
            held=all(escalated),
            told=f"{sum(escalated)} of {len(escalated)}",
        ),
        *(overrides if words else ()),
    )
