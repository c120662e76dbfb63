"""One market and one system: asked before it learns, taught, asked again, told of outcomes, asked.

The same held-out questions are asked each time. What the system recommends on other pairs is
offered to the market; the deals that come of it are the outcomes that flow back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agent_runtime.scenario.book import MarketBook
from agent_runtime.scenario.exam import Exam, Pair, Question, as_asked, by_popularity, of_exam
from agent_runtime.scenario.ground import PLAIN, Ground
from agent_runtime.scenario.paths import AnswerPath
from agent_runtime.simulators.market import MarketPlan

OFFERED: Final = 6
"""How many sellers of each answer are offered to the market, best first."""

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialResult:
    """Shares of held-out questions answered rightly, and what happened on the way.

    Attributes:
        seed: of the market.
        structured: whether there was anything to learn.
        questions: number of held-out questions.
        untaught: before any training: the order in which the domain asked.
        popularity: by the sellers' numbers of deals, all that were told in the end.
        taught: after training on the history.
        learnt: after outcomes flowed back and were trained on.
        best: the share of questions that have a right answer.
        refused_untaught: whether the system said before training that it cannot answer.
        promoted: whether the models of the trainings were put into service, in order.
        history: deals that were told.
        outcomes: deals that came of recommendations.
        escalated: whether a doubtful answer of great weight was escalated.
        overridden: whether a person's word changed a decision; None if nobody could give it.
    """

    seed: int
    structured: bool
    questions: int
    untaught: float
    popularity: float
    taught: float
    learnt: float
    best: float
    refused_untaught: bool
    promoted: tuple[bool, ...]
    history: int
    outcomes: int
    escalated: bool
    overridden: bool | None = None


class Trial:
    """Leads one system through one market."""

    def __init__(self, plan: MarketPlan, tell: Tell, ground: Ground = PLAIN) -> None:
        """Invent a market of `ground`; `tell` hears what happens, a line an event.

        Raises:
            ScenarioError: the market is too small for an exam.
        """
        self._plan = plan
        self._tell = tell
        self._relation = ground.relation
        self.domain = ground.simulated(plan)
        self._market = self.domain.market
        self._book = MarketBook.of(
            self._market, ground.specs, ground.deal, lambda pair: not self._held_out(pair)
        )
        self._exam = Exam(self._market, self._book.questions(self._held_out, plan.seed))

    def run(self, path: AnswerPath) -> TrialResult:
        """Run it and return the figures.

        Raises:
            ScenarioError: an agent refuses what it should do.
        """
        refused = path.ranking(self._exam.questions[0]) is None
        untaught = self._exam.grade(as_asked)
        self._tell(f"before training   {untaught:.3f} right{', no model' if refused else ''}")
        deals, links = [*self._book.pairs], [*self._book.links]
        first = path.teach(links, "history of the market")
        self._tell(f"taught            {len(deals)} deals; {first.told}")
        taught = self._graded(path, "after training")
        outcomes = self._offer(path)
        self._tell(f"outcomes          {len(outcomes)} deals came of recommendations")
        told = [(seller, self._relation, buyer) for seller, buyer in outcomes]
        second = path.teach(told, "outcomes of recommendations")
        self._tell(f"taught again      {len(outcomes)} outcomes; {second.told}")
        learnt = self._graded(path, "after outcomes")
        popularity = self._exam.grade(by_popularity([*deals, *outcomes]))
        escalated = self._escalated(path)
        overridden = path.overrides()
        if overridden is not None:
            self._tell(f"override          {'stands' if overridden else 'CHANGED NOTHING'}")
        self._tell(f"popularity        {popularity:.3f} right")
        return TrialResult(
            seed=self._plan.seed,
            structured=self._plan.structured,
            questions=len(self._exam.questions),
            untaught=untaught,
            popularity=popularity,
            taught=taught,
            learnt=learnt,
            best=self._exam.best(),
            refused_untaught=refused,
            promoted=(first.promoted, second.promoted),
            history=len(deals),
            outcomes=len(outcomes),
            escalated=escalated,
            overridden=overridden,
        )

    def _held_out(self, pair: Pair) -> bool:
        return of_exam(pair, self._plan.seed)

    def _graded(self, path: AnswerPath, when: str) -> float:
        right = self._exam.grade(lambda question: path.ranking(question) or question.sellers)
        self._tell(f"{when:<18}{right:.3f} right of {len(self._exam.questions)} held-out questions")
        return right

    def _offer(self, path: AnswerPath) -> list[Pair]:
        """Offer what is recommended on pairs outside the exam; return the deals that close."""
        told = frozenset(self._book.pairs)
        closed: list[Pair] = []
        for question in self._book.questions(
            lambda pair: pair not in told and not self._held_out(pair), self._plan.seed
        ):
            ranked = path.ranking(question) or question.sellers
            for seller in ranked[:OFFERED]:
                pair = (seller, question.buyer)
                if self._market.takes_up(*pair, "offer") and self._market.closes(*pair, "offer"):
                    closed.append(pair)
        return closed

    def _escalated(self, path: AnswerPath) -> bool:
        """Ask with weight about the least likely seller of each question until one is escalated."""
        for question in self._exam.questions:
            last = (path.ranking(question) or question.sellers)[-1]
            raised = path.escalates(Question(buyer=question.buyer, sellers=(last,)))
            if raised:
                self._tell(f"escalation        {raised[0]}")
                return True
        self._tell("escalation        none was raised")
        return False
