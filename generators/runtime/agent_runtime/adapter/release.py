"""What may leave an adapter: matches above a value only with somebody's approval."""

from collections.abc import Callable, Iterable
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

    def sort(self, proposals: Iterable[Proposal], authorise: Authorise) -> tuple[Match, ...]:
        """Return the matches, each released or held.

        Args:
            proposals: the matches, best first.
            authorise: asked about each match above the limit, and about no other.
        """
        return tuple(self._passed(proposal, authorise) for proposal in proposals)

    def _passed(self, proposal: Proposal, authorise: Authorise) -> Match:
        if proposal.value <= self.limit:
            return proposal.shape(self.relation, RELEASED)
        try:
            authorise(proposal)
        except (GovernanceError, NotAuthenticatedError, NotAuthorisedError):
            return proposal.shape(self.relation, HELD)
        return proposal.shape(self.relation, RELEASED)


def released(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Return the matches that may leave."""
    return tuple(match for match in matches if match.status == RELEASED)
