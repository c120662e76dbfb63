"""Which parts of the work of a whole system this scenario leads it through, and which it cannot."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agent_runtime.scenario.offers import Offers


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """A part of the work.

    Attributes:
        name: in words.
        answers: the shapes that the operations which it takes answer with.
        short: whether it is driven where the scoring agent is spoken to alone.
        whole: whether it is driven where all agents take part.
    """

    name: str
    answers: tuple[str, ...]
    short: bool = False
    whole: bool = True


STAGES: Final = (
    Stage(name="candidates are scored", answers=("ScoreResponse",), short=True),
    Stage(
        name="the scoring agent is retrained",
        answers=("RetrainResponse",),
        short=True,
        whole=False,
    ),
    Stage(name="records are translated and sent on", answers=("TranslateResponse",)),
    Stage(name="results become matches that are delivered", answers=("ResultsResponse",)),
    Stage(name="outcomes are reported by the domain", answers=("OutcomeResponse",)),
    Stage(
        name="a trainer trains, governance promotes",
        answers=("TrainingAccepted", "PromotionResponse"),
    ),
    Stage(name="an override changes a decision", answers=("OverrideResponse",)),
    Stage(name="an auditor reports violations", answers=("ComplianceReportResponse",), whole=False),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StageState:
    """Whether a stage ran, and why not."""

    name: str
    ran: bool
    told: str


def stages_of(
    offers: Offers, absent: Mapping[str, str], *, whole: bool = False
) -> tuple[StageState, ...]:
    """Return what becomes of each stage.

    Args:
        offers: what the running agents offer.
        absent: agents of the system that do not run, and why.
        whole: whether all agents take part.
    """
    return tuple(_state(stage, offers, absent, whole=whole) for stage in STAGES)


def _state(stage: Stage, offers: Offers, absent: Mapping[str, str], *, whole: bool) -> StageState:
    missing = [shape for shape in stage.answers if offers.find(shape) is None]
    if missing:
        why = "; ".join(f"{agent}: {reason}" for agent, reason in absent.items())
        nobody = f"no running agent answers a {missing[0]}"
        return StageState(
            name=stage.name, ran=False, told=f"{nobody} (not running: {why or 'none'})"
        )
    agents = dict.fromkeys(offers.get(shape).agent for shape in stage.answers)
    if not (stage.whole if whole else stage.short):
        return StageState(
            name=stage.name,
            ran=False,
            told=f"{', '.join(agents)} runs, but the scenario does not drive it",
        )
    return StageState(name=stage.name, ran=True, told=", ".join(agents))
