"""The state of a training on disk: one file, replaced in one step, checked when read.

Its first line is the SHA-256 of the rest, its second is JSON, the rest are arrays as safetensors.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent_runtime.errors import InputBoundsError, ModelStoreError
from agent_runtime.kernels.factorization import Factorization
from agent_runtime.modelrecords import read_checked, write_durably
from agent_runtime.values import JsonObject

State = Mapping[str, NDArray[np.float32]]

_BEST = "best_"


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """Figures after one epoch: mean training loss and filtered MRR of the validation part."""

    epoch: int
    loss: float
    valid_mrr: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoint:
    """How far a training is.

    Attributes:
        epoch: passes done.
        state: arrays of the trainer.
        best: the factors with the best validation figure so far, if any was measured.
        evaluations: all figures so far.
    """

    epoch: int
    state: State
    best: Factorization | None
    evaluations: tuple[Evaluation, ...]

    @property
    def best_index(self) -> int:
        """Position of the best evaluation, the first of equals; -1 if there is none."""
        figures = [evaluation.valid_mrr for evaluation in self.evaluations]
        return figures.index(max(figures)) if figures else -1

    @property
    def best_epoch(self) -> int:
        """Epoch of the best evaluation; 0 if there is none."""
        return self.evaluations[self.best_index].epoch if self.evaluations else 0

    def with_evaluation(self, evaluation: Evaluation, model: Factorization) -> "Checkpoint":
        """Add an evaluation and keep `model` if it is strictly the best."""
        added = replace(self, evaluations=(*self.evaluations, evaluation))
        is_best = added.best_index == len(added.evaluations) - 1
        return replace(added, best=model if is_best else self.best)

    def at(self, epoch: int, state: State) -> "Checkpoint":
        """Return the same progress with the trainer's present state."""
        return replace(self, epoch=epoch, state=state)


def write_checkpoint(path: Path, run_id: str, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint at `path`; a crash leaves the old one or the new one."""
    from safetensors.numpy import save

    arrays = dict(checkpoint.state)
    if checkpoint.best is not None:
        arrays[f"{_BEST}entities"] = checkpoint.best.entities
        arrays[f"{_BEST}relations"] = checkpoint.best.relations
    progress = {
        "run_id": run_id,
        "epoch": checkpoint.epoch,
        "evaluations": [asdict(evaluation) for evaluation in checkpoint.evaluations],
    }
    content = json.dumps(progress, sort_keys=True).encode() + b"\n" + save(arrays)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    write_durably(beside, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    beside.replace(path)


def read_checkpoint(path: Path, run_id: str) -> Checkpoint | None:
    """Return the checkpoint at `path`, or None if there is none or it belongs to another job.

    Raises:
        ModelStoreError: the file is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    if not path.exists():
        return None
    digest, _, content = read_checked(path).partition(b"\n")
    if hashlib.sha256(content).hexdigest().encode() != digest:
        raise ModelStoreError(f"{path.name} is damaged: delete it to train from the beginning")
    text, _, arrays = content.partition(b"\n")
    try:
        progress = json.loads(text)
        if progress["run_id"] != run_id:
            return None
        return _checkpoint(progress, load(arrays))
    except (SafetensorError, ValueError, KeyError, TypeError, InputBoundsError) as error:
        raise ModelStoreError(
            f"{path.name} is not a checkpoint: delete it to train from the beginning"
        ) from error


def _checkpoint(progress: JsonObject, arrays: State) -> Checkpoint:
    epoch, evaluations = progress["epoch"], progress["evaluations"]
    if not isinstance(epoch, int) or not isinstance(evaluations, list):
        raise TypeError("epoch must be a number and evaluations a list")
    best = None
    if f"{_BEST}entities" in arrays:
        best = Factorization(
            entities=arrays[f"{_BEST}entities"], relations=arrays[f"{_BEST}relations"]
        )
    return Checkpoint(
        epoch=epoch,
        state={name: array for name, array in arrays.items() if not name.startswith(_BEST)},
        best=best,
        evaluations=tuple(Evaluation(**entry) for entry in evaluations),
    )
