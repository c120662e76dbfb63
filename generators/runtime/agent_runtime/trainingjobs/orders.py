"""What a training process is told, and what it tells back, as files in the job's folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from agent_runtime.errors import InputBoundsError, ModelStoreError
from agent_runtime.jsontext import canonical_json
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.kernels.search import ChoiceParameter, FloatParameter, IntParameter, Parameter
from agent_runtime.modelrecords import read_checked, write_durably
from agent_runtime.training import TrainingLimits
from agent_runtime.values import JsonObject

ORDER: Final = "order.json"
DATASET: Final = "dataset.json"
RESULT: Final = "result.json"
BUNDLE: Final = "model.safetensors"
_KINDS: Final[Mapping[str, type[Parameter]]] = {
    "float": FloatParameter,
    "int": IntParameter,
    "choice": ChoiceParameter,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchPlan:
    """How hyper-parameters are searched before the training.

    Attributes:
        space: what may vary, within which bounds.
        trials: most trials.
        seconds: time after which no further trial begins.
        epochs: passes of a trial.
    """

    space: tuple[Parameter, ...]
    trials: int
    seconds: float
    epochs: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingOrder:
    """A training to do.

    Attributes:
        config: the configuration to begin with.
        limits: passes, seconds and parameters of the training.
        search: how better hyper-parameters are looked for; None to train as configured.
    """

    config: FactorizationConfig
    limits: TrainingLimits
    search: SearchPlan | None = None

    def write(self, folder: Path) -> None:
        """Leave the order in a job's folder."""
        search = self.search
        content: JsonObject = {
            "config": asdict(self.config),
            "limits": asdict(self.limits),
            "search": (
                None
                if search is None
                else {
                    "space": [_parameter(each) for each in search.space],
                    "trials": search.trials,
                    "seconds": search.seconds,
                    "epochs": search.epochs,
                }
            ),
        }
        write_durably(folder / ORDER, canonical_json(content).encode("ascii"))

    @classmethod
    def read(cls, folder: Path) -> "TrainingOrder":
        """Read the order of a job's folder.

        Raises:
            ModelStoreError: it is missing or damaged.
        """
        try:
            content = json.loads(read_checked(folder / ORDER))
            search = content["search"]
            return cls(
                config=FactorizationConfig(**content["config"]),
                limits=TrainingLimits(**content["limits"]),
                search=None if search is None else _search(search),
            )
        except (ValueError, KeyError, TypeError, InputBoundsError) as error:
            raise ModelStoreError(f"{ORDER} is damaged") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingResult:
    """What a training process brought.

    Attributes:
        run_id: digest of the inputs.
        outcome: why the training ended.
        epochs: passes over the data.
        resumed_from: the pass it took up after; 0 if it began afresh.
        trials: hyper-parameters that were tried.
        gain: validation figure of the best beyond that of the configuration in use.
        metrics: figures of the model.
        config: what it was trained with.
        model_digest: SHA-256 of the bundle.
    """

    run_id: str
    outcome: str
    epochs: int
    resumed_from: int
    trials: int
    gain: float
    metrics: Mapping[str, float]
    config: Mapping[str, float | int | str]
    model_digest: str

    def write(self, folder: Path) -> None:
        """Leave the result in a job's folder, wholly or not at all."""
        beside = folder / f"{RESULT}.new"
        write_durably(beside, canonical_json(asdict(self)).encode("ascii"))
        beside.replace(folder / RESULT)

    @classmethod
    def read(cls, folder: Path) -> "TrainingResult":
        """Read the result in a job's folder.

        Raises:
            ModelStoreError: it is missing or damaged.
        """
        try:
            return cls(**json.loads(read_checked(folder / RESULT)))
        except (ValueError, TypeError) as error:
            raise ModelStoreError(f"{RESULT} is damaged") from error


def _parameter(parameter: Parameter) -> JsonObject:
    kind = next(name for name, known in _KINDS.items() if isinstance(parameter, known))
    return {"kind": kind, **asdict(parameter)}


def _search(content: JsonObject) -> SearchPlan:
    space = content["space"]
    if not isinstance(space, list):
        raise TypeError("the space must be a list")
    return SearchPlan(
        space=tuple(_read_parameter(each) for each in space),
        trials=int(str(content["trials"])),
        seconds=float(str(content["seconds"])),
        epochs=int(str(content["epochs"])),
    )


def _read_parameter(content: JsonObject) -> Parameter:
    name, kind = str(content["name"]), content["kind"]
    if kind == "choice":
        choices = content["choices"]
        if not isinstance(choices, list):
            raise TypeError("choices must be a list")
        return ChoiceParameter(name=name, choices=tuple(choices))
    low, high, log = str(content["low"]), str(content["high"]), content["log"] is True
    if kind == "int":
        return IntParameter(name=name, low=int(low), high=int(high), log=log)
    return FloatParameter(name=name, low=float(low), high=float(high), log=log)
