"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by hyperparameter_tuner@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from dataclasses import replace
from typing import Final

from agent_runtime.clock import Clock, system_clock
from agent_runtime.errors import GovernanceError
from agent_runtime.guards import within
from agent_runtime.kernels.datasets import TripleDataset
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.kernels.search import (
    ChoiceParameter,
    FloatParameter,
    IntParameter,
    SearchLimits,
)
from agent_runtime.training import TrainingLimits
from agent_runtime.tuning import TuningResult, tune_link_model

AUTOTUNE: Final = False  # learningsystem.modelupdatepolicy.autotunehyperparams
SPACE: Final = (
    IntParameter(name="rank", low=8, high=128, log=True),
    FloatParameter(name="learning_rate", low=0.01, high=0.5, log=True),
    FloatParameter(name="penalty", low=0.0001, high=0.1, log=True),
    ChoiceParameter(name="batch_size", choices=(128, 256, 512)),
)
MOST_TRIALS: Final = 20
MOST_SECONDS: Final = 600.0
EPOCHS_A_TRIAL: Final = 20


class HyperparameterTuner:
    """Looks for the configuration with which validation links rank best; trains nothing to keep."""

    def __init__(self, *, autotune: bool = AUTOTUNE, clock: Clock = system_clock) -> None:
        self._autotune = autotune
        self._clock = clock

    def tune(
        self,
        dataset: TripleDataset,
        *,
        current: FactorizationConfig | None = None,
        trials: int = MOST_TRIALS,
        seed: int = 0,
        requested_by: str | None = None,
    ) -> TuningResult:
        """Search `SPACE`, trying the configuration in use first; the same seed, the same result.

        Args:
            dataset: its training part is learnt from, its validation part is ranked.
            current: the configuration in use; the runtime's own if None.
            trials: short trainings at most, 20 or fewer.
            seed: decides every proposal and every training.
            requested_by: the person who asked for it; None if nobody did.

        Raises:
            GovernanceError: nobody asked, and the schema does not let the agent tune by itself.
            InputBoundsError: too many trials, or too little data.
            SearchFailedError: no trial could be trained.
        """
        if not self._autotune and requested_by is None:
            raise GovernanceError(
                "hyper-parameters are tuned on request only (autotunehyperparams)"
            )
        allowed = within(trials, 1, MOST_TRIALS, "trials")
        return tune_link_model(
            dataset,
            SPACE,
            current=replace(current or FactorizationConfig(), seed=seed),
            limits=SearchLimits(trials=int(allowed), seconds=MOST_SECONDS),
            training=TrainingLimits(max_epochs=EPOCHS_A_TRIAL, evaluate_every=EPOCHS_A_TRIAL),
            clock=self._clock,
        )
