"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by reflective_auditor@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.reasoning.case import Case, Draft
from agent_runtime.reasoning.reflection import Criticism, CycleWatch, criticise

from L9.agents.main.governance_bridge import GovernanceBridge

VISITS: Final = 3
"""How often one case of one trace may be reasoned about within five minutes."""


class ReflectiveAuditor:
    """Looks for contradictions, confidence without backing, and circles."""

    def __init__(self, governance: GovernanceBridge, clock: Clock) -> None:
        self._governance = governance
        self._watch = CycleWatch(clock, most=VISITS)

    def criticise(self, draft: Draft) -> tuple[Criticism, ...]:
        """Return what is wrong with `draft`, the modes to doubt first in each."""
        return criticise(draft)

    def enter(self, case: Case) -> None:
        """Note that `case` is about to be reasoned about; once too often is a cycle."""
        if self._watch.visit(case):
            self.circled(case)

    def circled(self, case: Case) -> None:
        """Report that reasoning about `case` came back to where it had been."""
        self._governance.escalate(
            case.packet_id, "the reasoning runs in circles", "high", trace_id=case.trace_id
        )
