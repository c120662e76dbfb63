"""Small real link models for tests of agent modules: trained in milliseconds, always the same."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np

from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.calibration import IsotonicCalibrator
from agent_runtime.kernels.datasets import (
    Triple,
    TripleDataset,
    TripleEncoder,
    Vocabulary,
    corrupted,
    split_triples,
)
from agent_runtime.kernels.factorization import Factorization, FactorizationConfig
from agent_runtime.kernels.linkmodel import LinkModel, known_rows
from agent_runtime.kernels.synthetic import trading_market
from agent_runtime.training import TrainingJob, TrainingLimits, TrainingRun
from agent_runtime.validation import HoldOut

RELATION = "trades_with"
"""A relation of the market between buyers and suppliers."""

SKILLED_EPOCHS = 25
NAIVE_EPOCHS = 1
LEAST_QUESTIONS = 250


@cache
def market() -> TripleDataset:
    """Return a small market whose links follow from latent families and regions."""
    return split_triples(trading_market(buyers=16, suppliers=12, materials=12, seed=3))


@cache
def skilled_run() -> TrainingRun:
    """Return a training that learnt the market."""
    return _run(SKILLED_EPOCHS)


@cache
def naive_run() -> TrainingRun:
    """Return a training that was stopped after one epoch and ranks hardly better than chance."""
    return _run(NAIVE_EPOCHS)


def upside_down() -> tuple[Triple, ...]:
    """Return as many links as the market has, of its names, and none of them one of its links."""
    links = market().all_triples
    encoder = TripleEncoder(market().vocabulary)
    rows = encoder.rows(links)
    names, relations = market().vocabulary.entities, market().vocabulary.relations
    wrong = corrupted(rows, known=known_rows(rows), entities=len(names), seed=1)
    return tuple((names[s], relations[r], names[o]) for s, r, o in wrong.tolist())


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """Two models and the questions by which one is worse than the other."""

    candidate: LinkModel
    current: LinkModel
    hold_out: HoldOut


def models_apart(drop: float, *, mistakes: int = 0) -> Pair:
    """Return a perfect model, and one whose mean reciprocal rank is lower by just `drop`.

    Each link has two dimensions of its own, in which its ends find each other. An impostor that
    fits better than the true end puts that end second, which costs half a query; so m impostors
    among the 2 n queries of n links cost m / (4 n).

    Args:
        drop: within 0 to 0.5.
        mistakes: impostors to add beyond those that `drop` needs.

    Raises:
        InputBoundsError: the drop would be out of bounds.
    """
    share = 4 * Fraction(str(drop))
    links = share.denominator * -(-LEAST_QUESTIONS // share.denominator)
    impostors = int(share * links) + mistakes
    if not 0 <= impostors <= 2 * links:
        raise InputBoundsError(f"a drop of {drop} cannot be made by second places")
    names = [f"s{i:05d}" for i in range(links)] + [f"t{i:05d}" for i in range(links)]
    rows = np.zeros((2 * links + impostors, 2 * 2 * links), dtype=np.float32)
    for link in range(links):
        rows[link, 2 * link : 2 * link + 2] = (1.0, 1.0)
        rows[links + link, 2 * link : 2 * link + 2] = (1.0, -1.0)
    perfect = rows.copy()
    for impostor in range(impostors):
        # the first ones pretend to be objects, t of each link; the others to be subjects
        rows[2 * links + impostor] = 1.5 * rows[(links + impostor) % (2 * links)]
    entities = (*names, *(f"x{i:05d}" for i in range(impostors)))
    hold_out = HoldOut(
        links=tuple((names[link], RELATION, names[links + link]) for link in range(links)),
        background=(),
    )
    return Pair(
        candidate=_diagonal(entities, rows), current=_diagonal(entities, perfect), hold_out=hold_out
    )


def _diagonal(entities: tuple[str, ...], rows: np.ndarray) -> LinkModel:
    """Build a model of real factors whose relation weighs even dimensions 1, odd ones -1."""
    half = rows.shape[1] // 2
    weights = np.zeros(2 * half)
    weights[:half] = np.tile([1.0, -1.0], half // 2)
    return LinkModel(
        vocabulary=Vocabulary(entities=entities, relations=(RELATION,)),
        factorization=Factorization(entities=rows, relations=np.array([weights, weights])),
        calibrator=IsotonicCalibrator(
            centres=np.array([0.0, 2.0]),
            probabilities=np.array([0.1, 0.9]),
            deviations=np.array([0.1, 0.1]),
        ),
    )


def _run(epochs: int) -> TrainingRun:
    limits = TrainingLimits(max_epochs=epochs, evaluate_every=epochs)
    config = FactorizationConfig(rank=16)
    return TrainingJob(market(), config, limits, clock=ManualClock()).run()
