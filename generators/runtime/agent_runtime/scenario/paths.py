"""Ways to have a market's questions answered and to tell what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from agent_runtime.errors import NoModelError
from agent_runtime.kernels.datasets import Triple
from agent_runtime.scenario.exam import Question
from agent_runtime.scenario.failures import RefusedError, ScenarioError
from agent_runtime.scenario.offers import Offers
from agent_runtime.scenario.talk import Talk
from agent_runtime.values import JsonObject

SCORES: Final = "ScoreResponse"
RETRAINED: Final = "RetrainResponse"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """What a training came to: whether the model serves now, and why."""

    promoted: bool
    told: str


class AnswerPath(Protocol):
    """What a trial needs of a system."""

    def ranking(self, question: Question) -> Sequence[str] | None:
        """Return the sellers, best first; None if the system says that it cannot tell yet."""
        ...

    def teach(self, links: Sequence[Triple], reason: str) -> Lesson:
        """Tell of links that came about, and have a model trained and put into service."""
        ...

    def escalates(self, question: Question, /) -> tuple[str, ...]:
        """Ask the same with the greatest weight; return the ids of escalations that it raises."""
        ...

    def overrides(self) -> bool | None:
        """Have a person put other links first; tell whether they do, None if nobody can."""
        ...


class ScorerPath:
    """Questions go straight to the scoring agent, deals straight to its retraining."""

    def __init__(self, offers: Offers, talk: Talk, relation: str) -> None:
        """Take who offers what.

        Raises:
            ScenarioError: no running agent scores, or none can be retrained.
        """
        self._score = offers.get(SCORES)
        self._retrain = offers.get(RETRAINED)
        self._talk = talk
        self._relation = relation

    def ranking(self, question: Question) -> Sequence[str] | None:
        """Return the sellers, best first; None while there is no model.

        Raises:
            ScenarioError: the agent refuses for another reason, or answers off the question.
        """
        links = [_link(seller, self._relation, question.buyer) for seller in question.sellers]
        try:
            answer = self._talk.ask(self._score, {"candidates": links})
        except RefusedError as refusal:
            if refusal.title == NoModelError.title:
                return None
            raise
        ranked = answer.get("ranking")
        order = [
            str(entry["subject"])
            for entry in (ranked if isinstance(ranked, list) else ())
            if isinstance(entry, dict)
        ]
        if sorted(order) != sorted(question.sellers):
            raise ScenarioError("the ranking has other sellers than the question")
        return order

    def teach(self, links: Sequence[Triple], reason: str) -> Lesson:
        """Send observed links; the agent validates its model and promotes it by its own rules.

        Raises:
            ScenarioError: the agent refuses.
        """
        told = [_link(*link) for link in dict.fromkeys(links)]
        answer = self._talk.ask(self._retrain, {"links": told, "reason": reason})
        reasons = answer.get("reasons")
        return Lesson(
            promoted=answer.get("promoted") is True,
            told="; ".join(map(str, reasons)) if isinstance(reasons, list) else "",
        )

    def escalates(self, question: Question) -> tuple[str, ...]:
        """Ask the same with the greatest weight; return the ids of escalations that it raises.

        Raises:
            ScenarioError: the agent refuses.
        """
        links = [_link(seller, self._relation, question.buyer) for seller in question.sellers]
        answer = self._talk.ask(self._score, {"candidates": links, "criticality": 1.0})
        raised = answer.get("escalations")
        return tuple(map(str, raised)) if isinstance(raised, list) else ()

    def overrides(self) -> bool | None:
        """Return None: a scorer is overridden by nobody."""
        return None


def _link(subject: str, relation: str, target: str) -> JsonObject:
    return {"subject": subject, "relation": relation, "object": target}
