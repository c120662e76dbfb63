"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by accuracy_evaluator@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.evaluation import AccuracyReport, evaluate_accuracy
from agent_runtime.kernels.linkmodel import LinkModel
from agent_runtime.validation import HoldOut

from L9.orchestration.tensor_trainer.governance_bridge import GovernanceBridge

AUDIT_EVENT: Final = "model_validation_results"  # governance.auditscope
LEVEL: Final = 0.05  # chance of calling two equally good models different
ACCURACY_DROPS: Final = ("model_accuracy_drop",)  # governance.escalationpolicy


class AccuracyEvaluator:
    """Asks two models the same held-out questions, and tells a difference from chance."""

    def __init__(self, governance: GovernanceBridge) -> None:
        self._governance = governance

    def evaluate(
        self,
        candidate: LinkModel,
        current: LinkModel | None,
        hold_out: HoldOut,
        *,
        subject: str,
        trace_id: str,
    ) -> AccuracyReport:
        """Compare `candidate` with `current` by a paired sign-flip test over held-out links.

        People hear of a candidate that is worse, and worse by more than a rule tolerates.

        Args:
            candidate: the new model.
            current: the model in service; entity popularity takes its place if there is none.
            hold_out: links that neither learnt from.
            subject: what the candidate is known as, such as its version.
            trace_id: trace to work under.

        Raises:
            MemoryLayerError: the result could not be audited.
        """
        report = evaluate_accuracy(candidate, current, hold_out, level=LEVEL)
        self._governance.audit(
            AUDIT_EVENT, subject, {"verdict": report.verdict, **report.figures()}, trace_id
        )
        if report.verdict == "worse":
            self._governance.observe_all(
                dict.fromkeys(ACCURACY_DROPS, report.drop), subject=subject, trace_id=trace_id
            )
        return report
