"""What may leave an adapter: matches above a value only with somebody's approval."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from agent_runtime.adapter.proposals import HELD, RELEASED, Proposal
from agent_runtime.errors import GovernanceError, NotAuthenticatedError, NotAuthorisedError
from agent_runtime.shapes.adapter import Match

RELEASE_MATCH: Final = "release_match"
"""The action that an approval is for."""

Authorise = Callable[[Proposal], object]
"""Obtains the approval of a match, or raises."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """Holds matches above `limit`, in the unit of their value, until they are approved."""

    relation: str
    limit: float

    def sort(
        self,
        proposals: Iterable[Proposal],
        authorise: Authorise,
        *,
        doubted: Collection[str] = (),
        about: str | None = None,
    ) -> tuple[Match, ...]:
        """Return the matches, each released or held.

        Args:
            proposals: the matches, best first.
            authorise: asked about each match above the limit or in doubt, and about no other.
            doubted: ids of matches that governance escalated.
            about: the orchestrator's decision behind them.
        """
        return tuple(
            proposal.shape(
                self.relation,
                self._status(proposal, authorise, doubted=proposal.match_id in doubted),
                about,
            )
            for proposal in proposals
        )

    def _status(self, proposal: Proposal, authorise: Authorise, *, doubted: bool) -> str:
        if proposal.value <= self.limit and not doubted:
            return RELEASED
        try:
            authorise(proposal)
        except (GovernanceError, NotAuthenticatedError, NotAuthorisedError):
            return HELD
        return RELEASED


def released(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Return the matches that may leave."""
    return tuple(match for match in matches if match.status == RELEASED)
