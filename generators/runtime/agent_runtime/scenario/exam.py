"""Held-out questions on a market: who should supply whom, asked of pairs that nobody was told of.

A fixed share of all pairs of sellers and buyers belongs to the exam. Deals among them are withheld
from the agents, so a good answer is no memory. An answer is right if the market takes it up.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agent_runtime.scenario.failures import ScenarioError
from agent_runtime.simulators.market import SimulatedMarket

Pair = tuple[str, str]
"""A seller and a buyer, by their keys."""
Order = Callable[["Question"], Sequence[str]]
"""Orders the sellers of a question, best first."""

EXAM_SHARE: Final = 0.3
_ASKED: Final = "exam"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A buyer, and the sellers among whom one is to be recommended, in no order of merit."""

    buyer: str
    sellers: tuple[str, ...]


def of_exam(pair: Pair, seed: int, *, share: float = EXAM_SHARE) -> bool:
    """Tell whether a pair belongs to the exam; a keyed hash decides."""
    return _place(str(seed), *pair) < share


class Exam:
    """The questions of one market."""

    def __init__(self, market: SimulatedMarket, questions: Sequence[Question]) -> None:
        """Take the market that grades, and what is asked.

        Raises:
            ScenarioError: there is no question.
        """
        if not questions:
            raise ScenarioError("the market is too small for an exam")
        self._market = market
        self.questions = tuple(questions)

    def grade(self, order: Order) -> float:
        """Return the share of questions whose first seller the market takes up."""
        first = [(order(each)[0], each.buyer) for each in self.questions]
        return sum(self._right(pair) for pair in first) / len(first)

    def best(self) -> float:
        """Return the share of questions that have a right answer at all."""
        right = [
            any(self._right((seller, each.buyer)) for seller in each.sellers)
            for each in self.questions
        ]
        return sum(right) / len(right)

    def _right(self, pair: Pair) -> bool:
        return self._market.takes_up(*pair, _ASKED)


def ask_about(
    sellers: Iterable[str], buyers: Iterable[str], wanted: Callable[[Pair], bool], seed: int
) -> tuple[Question, ...]:
    """Return a question for each buyer with two or more wanted pairs, its sellers shuffled."""
    candidates = tuple(sellers)
    found = []
    for buyer in buyers:
        among = [seller for seller in candidates if wanted((seller, buyer))]
        if len(among) > 1:
            shuffled = sorted((_place("order", str(seed), each, buyer), each) for each in among)
            found.append(Question(buyer=buyer, sellers=tuple(seller for _, seller in shuffled)))
    return tuple(found)


def as_asked(question: Question) -> Sequence[str]:
    """Order the sellers of a question as they come: what is left to a domain without advice."""
    return question.sellers


def by_popularity(deals: Iterable[Pair]) -> Order:
    """Return the order by how many deals each seller has made, equals as they come."""
    made: Mapping[str, int] = Counter(seller for seller, _ in deals)
    return lambda question: sorted(question.sellers, key=lambda seller: -made.get(seller, 0))


def _place(*words: str) -> float:
    digest = hashlib.sha256("\n".join(words).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56
