"""Reflection: criticise a draft before anybody acts on it, and notice reasoning in circles."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

from agent_runtime.clock import Clock
from agent_runtime.errors import InputBoundsError
from agent_runtime.jsontext import canonical_json
from agent_runtime.reasoning.case import Case, Draft, Verdict

Fault = Literal["contradiction", "unbacked_confidence", "nothing_to_recommend"]

CONTRADICTION: Final = 0.5
"""Difference of support at which two sure modes contradict each other."""
SURE: Final = 0.5
"""Confidence from which on a mode is sure."""
MOST_VISITS: Final = 3
"""Times that one case of one trace may be reasoned about within the window."""
WINDOW_SECONDS: Final = 300.0
_REMEMBERED: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Criticism:
    """One thing that is wrong with a draft.

    Attributes:
        fault: what kind it is.
        modes: the modes that it concerns, the one to doubt first.
        text: in words.
    """

    fault: Fault
    modes: tuple[str, ...]
    text: str


def criticise(draft: Draft) -> tuple[Criticism, ...]:
    """Return what is wrong with `draft`: contradictions, confidence without backing, no result."""
    if not draft.ranking:
        text = "nothing is left to recommend"
        return (Criticism(fault="nothing_to_recommend", modes=(), text=text),)
    found = list(_contradictions(draft))
    surest = max((v.confidence for v in draft.verdicts), default=0.0)
    if draft.confidence > surest:
        found.append(
            Criticism(
                fault="unbacked_confidence",
                modes=(),
                text=f"confidence {draft.confidence:.2f} is above that of every mode",
            )
        )
    return tuple(found)


def _contradictions(draft: Draft) -> list[Criticism]:
    """Pair sure modes that say the opposite of the best candidate."""
    best = draft.ranking[0]
    sure = [verdict for verdict in draft.verdicts if verdict.confidence >= SURE]
    return [
        _contradiction(first, second, best)
        for first, second in combinations(sure, 2)
        if abs(first.support[best] - second.support[best]) >= CONTRADICTION
    ]


def _contradiction(first: Verdict, second: Verdict, best: int) -> Criticism:
    weaker, stronger = sorted((first, second), key=lambda verdict: verdict.confidence)
    return Criticism(
        fault="contradiction",
        modes=(weaker.mode, stronger.mode),
        text=(
            f"{weaker.mode} gives the best candidate {weaker.support[best]:.2f}, "
            f"{stronger.mode} {stronger.support[best]:.2f}"
        ),
    )


class CycleWatch:
    """Counts how often one case of one trace comes back. Thread-safe, bounded in memory.

    A chain of packets that leads back to where it began asks the same under the same trace; an
    honest repetition comes under a new one.
    """

    def __init__(
        self, clock: Clock, *, most: int = MOST_VISITS, seconds: float = WINDOW_SECONDS
    ) -> None:
        """Allow `most` visits within `seconds`.

        Raises:
            InputBoundsError: either is not positive.
        """
        if most < 1 or not seconds > 0.0:
            raise InputBoundsError(f"a watch for {most} visits within {seconds} s")
        self._clock = clock
        self._most = most
        self._seconds = seconds
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, list[float]] = OrderedDict()

    def visit(self, case: Case) -> bool:
        """Note that `case` is reasoned about now; tell whether that is once too often."""
        now = self._clock()
        key = canonical_json([case.trace_id, case.packet_type, case.domain, case.transaction])
        with self._lock:
            times = [t for t in self._seen.pop(key, []) if t > now - self._seconds]
            self._seen[key] = [*times, now]
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
            return len(times) >= self._most
