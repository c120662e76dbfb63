"""Parameters of a hyper-parameter tuner: what may vary within which bounds, and for how long."""

from collections.abc import Mapping, Sequence
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain

_WHOLE: Final[Sequence[Mapping[str, Plain]]] = (
    {"name": "rank", "low": 8, "high": 128, "log": True},
)
_REAL: Final[Sequence[Mapping[str, Plain]]] = (
    {"name": "learning_rate", "low": 0.01, "high": 0.5, "log": True},
    {"name": "penalty", "low": 0.0001, "high": 0.1, "log": True},
)
_CHOICES: Final[Sequence[Mapping[str, Plain]]] = (
    {"name": "batch_size", "choices": [128, 256, 512]},
)
_TRIALS: Final = 20
_SECONDS: Final = 600.0
_EPOCHS_A_TRIAL: Final = 20


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the search space of the link model, the limits, and whether tuning is automatic.

    The space is the pattern's own: schemas say whether to tune, not what a factorization model
    can vary. Its bounds are those within which the runtime's model trains in seconds.
    """
    return {
        "class_name": context.class_name,
        "module": context.module,
        "autotune": context.agent.learning.auto_tune,
        "whole_parameters": [dict(parameter) for parameter in _WHOLE],
        "real_parameters": [dict(parameter) for parameter in _REAL],
        "choice_parameters": [dict(parameter) for parameter in _CHOICES],
        "trials": _TRIALS,
        "seconds": _SECONDS,
        "epochs": _EPOCHS_A_TRIAL,
        "too_many_test": f"test_more_than_{_TRIALS}_trials_are_refused",
        "time_test": f"test_no_trial_begins_after_{_SECONDS:.0f}_seconds",
    }
