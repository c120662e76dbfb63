"""What reception, routing and coordination need of the half that reasons and remembers.

The generated modules of that half fulfil these protocols; whoever carries a case through the
pipeline programs against them and never against a module.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from agent_runtime.reasoning.case import Case, Draft, Enrichment, TensorResults

GovernanceStatus = Literal["proceeded", "escalated", "approved", "overridden"]
"""How governance left a decision; `approved` and `overridden` are the work of a token holder."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of a draft once governance had seen it.

    Attributes:
        decision_id: names the decision in every memory layer, events and answers.
        governance_status: how governance left it.
        decided_at: seconds since the epoch.
        escalations: ids of the escalations that it raised.
        supersedes: id of the decision that it replaces; None for a first one.
        model_version: version of the tensor model that scored, None if none did.
    """

    decision_id: str
    governance_status: GovernanceStatus
    decided_at: float
    escalations: tuple[str, ...] = ()
    supersedes: str | None = None
    model_version: str | None = None


class Reasoner(Protocol):
    """Takes a case to a draft; a generated reasoning engine is one (role `reasoning_engine`)."""

    def decide(self, case: Case, enrichment: Enrichment, tensors: TensorResults) -> Draft:
        """Apply every mode of reasoning and combine what they say.

        Raises:
            DeadlineExceededError: the case's deadline passed before there was a draft.
            AgentError: no draft is possible.
        """
        ...


class Recorder(Protocol):
    """Keeps a decision in one memory layer: episodic logger, semantic updater, causal tracer.

    Each writes its own layer only. Recording the same decision again completes what is missing
    and doubles nothing.
    """

    def record(self, draft: Draft, outcome: Outcome) -> None:
        """Keep `draft` under `outcome.decision_id` and `draft.case.trace_id`.

        Raises:
            MemoryLayerError: the layer failed; nothing is lost if it is called again.
        """
        ...


class Observer(Protocol):
    """Hears of each decision once, after it is recorded: telemetry reporter, drift detector."""

    def record(self, draft: Draft, outcome: Outcome) -> None:
        """Take a decision into account.

        Raises:
            MemoryLayerError: what is kept of it cannot be written.
        """
        ...


class Compliance(Protocol):
    """Says which rules a draft breaks (role `compliance_checker`)."""

    def violations(self, draft: Draft) -> tuple[str, ...]:
        """Return the names of the rules that `draft` breaks, in their declared order."""
        ...
