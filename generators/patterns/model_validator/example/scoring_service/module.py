"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by model_validator@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.kernels.linkmodel import LinkModel
from agent_runtime.validation import HoldOut, ValidationReport, compare_models, relative_drop

from L9.core.tensoraios.governancebridge import GovernanceBridge

STABILITY_THRESHOLD: Final = 0.02  # learningsystem.cognitivegrowthvector.stabilitythreshold
ROLLBACK_ON_REGRESSION: Final = True  # learningsystem.modelupdatepolicy.rollbackonregression
DROP_LIMIT: Final = 0.05  # deployment.alerting.1
ACCURACY_DROPS: Final = ("accuracy_drop", "model_accuracy_drop")  # deployment.alerting.1


class ModelValidator:
    """Judges models on links that neither learnt from, and the one in service on live results."""

    def __init__(self, governance: GovernanceBridge) -> None:
        self._governance = governance

    def compare(
        self, candidate: LinkModel, current: LinkModel | None, hold_out: HoldOut
    ) -> ValidationReport:
        """Judge whether `candidate` may take the place of `current`.

        It may if its mean reciprocal rank is lower by at most 0.02 and it forgot at
        most that share of the held-out links. Without a current model it must beat entity
        popularity by as much.
        """
        return compare_models(candidate, current, hold_out, stability_threshold=STABILITY_THRESHOLD)

    def check_live(self, reference: float, live: float, *, trace_id: str) -> bool:
        """Tell whether the model in service must be rolled back; people hear of a regression.

        Args:
            reference: accuracy when it was promoted, above 0.
            live: the same figure on live data, at least 0.
            trace_id: trace to work under.

        Raises:
            InputBoundsError: a figure is out of bounds.
        """
        drop = relative_drop(reference, live)
        self._governance.observe_all(
            dict.fromkeys(ACCURACY_DROPS, drop), subject="the model in service", trace_id=trace_id
        )
        return ROLLBACK_ON_REGRESSION and drop > DROP_LIMIT
