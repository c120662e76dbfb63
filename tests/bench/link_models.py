"""Does the link model learn? UMLS, filtered ranks, beside PyKEEN's ComplEx and DistMult in one run.

The data is the UMLS benchmark that the PyKEEN wheel ships. Every model sees the same training
triples, has the same count of real numbers an entity, and is ranked by the same code on the same
test triples. PyKEEN's models train by its pipeline, with the best settings of a small grid over
loss, optimiser and step (6 settings of 100 epochs each, then 3 of 200 to 300).

    python -m venv /tmp/pykeen
    /tmp/pykeen/bin/pip install torch==2.13.0 pykeen==1.11.1 ./generators/runtime
    /tmp/pykeen/bin/python tests/bench/link_models.py --seeds 5 --diagram reliability.svg

Exits 1 if ours is below the better of the two, or below 0.93 MRR.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from agent_runtime.clock import system_clock
from agent_runtime.kernels.calibration import ReliabilityReport, reliability
from agent_runtime.kernels.datasets import TripleDataset, TripleEncoder
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.kernels.linkmetrics import (
    KnownLinks,
    PopularityBaseline,
    filtered_ranks,
    ranking_report,
)
from agent_runtime.kernels.linkmodel import known_rows, scored_cases
from agent_runtime.training import TrainingJob, TrainingLimits, TrainingRun
from pykeen.datasets import UMLS
from pykeen.models import ERModel
from pykeen.pipeline import pipeline
from pykeen.triples import CoreTriplesFactory

LEAST_MRR = 0.93
RANK = 64

Score = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one of PyKEEN's models is trained."""

    width: int
    loop: str
    loss: str
    step: float
    epochs: int


SETTINGS = {
    "ComplEx": Settings(width=RANK, loop="slcwa", loss="nssa", step=0.03, epochs=200),
    "DistMult": Settings(width=2 * RANK, loop="lcwa", loss="crossentropy", step=0.03, epochs=200),
}


def main() -> int:
    """Train, rank and compare; return the exit code."""
    options = _options()
    dataset = _umls()
    rows = Rows(dataset)
    figures: dict[str, list[dict[str, float]]] = {"popularity": [rows.figures(rows.popularity)]}
    run: TrainingRun | None = None
    for seed in range(options.seeds):
        started = time.perf_counter()
        run = _ours(dataset, seed)
        seconds = time.perf_counter() - started
        figures.setdefault("l9 link model", []).append(
            {**rows.figures(run.model.factorization), "seconds": seconds}
        )
        for name in SETTINGS:
            started = time.perf_counter()
            scorer = _pykeen(name, rows, seed)
            seconds = time.perf_counter() - started
            reached = {**rows.figures(scorer), "seconds": seconds}
            figures.setdefault(f"PyKEEN {name}", []).append(reached)
    _print(figures)
    if run is not None and options.diagram:
        report = rows.reliability(run)
        options.diagram.write_text(_svg(report), encoding="utf-8")
        sys.stdout.write(f"calibration error {report.expected_error:.4f} -> {options.diagram}\n")
    means = {name: statistics.mean(each["mrr"] for each in runs) for name, runs in figures.items()}
    ours = means.pop("l9 link model")
    return int(ours < max(means.values()) or ours < LEAST_MRR)


class Rows:
    """The benchmark as index rows, and what ranks a scorer on its test part."""

    def __init__(self, dataset: TripleDataset) -> None:
        encoder = TripleEncoder(dataset.vocabulary)
        self.entities = len(dataset.vocabulary.entities)
        self.relations = len(dataset.vocabulary.relations)
        self.train = encoder.rows(dataset.train)
        self.valid = encoder.rows(dataset.valid)
        self.test = encoder.rows(dataset.test)
        every = np.concatenate([self.train, self.valid, self.test])
        self.known = KnownLinks(every)
        self.known_rows = known_rows(every)
        self.popularity = PopularityBaseline(
            self.train, entities=self.entities, relations=self.relations
        )

    def figures(self, scorer: object) -> dict[str, float]:
        """Return MRR and hits of `scorer` on the test part."""
        report = ranking_report(filtered_ranks(scorer, self.test, self.known))
        return {"mrr": report.mrr, **{f"hits@{k}": share for k, share in report.hits.items()}}

    def reliability(self, run: TrainingRun) -> ReliabilityReport:
        """Hold the calibrated chances of `run` against outcomes on the test part."""
        scores, outcomes = scored_cases(
            run.model.factorization, self.test, known=self.known_rows, seed=run.config.seed
        )
        chance = run.model.calibrator.confidence(scores)
        return reliability(chance.probability, outcomes)


class TorchScorer:
    """A PyKEEN model behind the interface by which our own models are ranked."""

    def __init__(self, model: ERModel) -> None:
        self._model = model

    def object_scores(self, rows: np.ndarray) -> np.ndarray:
        """Score every entity as object, shape (n, entities)."""
        return self._scores(self._model.predict_t, rows[:, [0, 1]])

    def subject_scores(self, rows: np.ndarray) -> np.ndarray:
        """Score every entity as subject, shape (n, entities)."""
        return self._scores(self._model.predict_h, rows[:, [1, 2]])

    def _scores(self, score: Score, pairs: np.ndarray) -> np.ndarray:
        self._model.eval()
        with torch.inference_mode():
            return score(torch.as_tensor(pairs)).numpy().astype(np.float64)


def _umls() -> TripleDataset:
    data = UMLS()

    def named(factory: object) -> tuple[tuple[str, str, str], ...]:
        return tuple(
            (str(s), str(r), str(o)) for s, r, o in factory.label_triples(factory.mapped_triples)
        )

    return TripleDataset(
        train=named(data.training), valid=named(data.validation), test=named(data.testing)
    )


def _ours(dataset: TripleDataset, seed: int) -> TrainingRun:
    config = FactorizationConfig(rank=RANK, seed=seed)
    return TrainingJob(dataset, config, TrainingLimits(), clock=system_clock).run()


def _pykeen(name: str, rows: Rows, seed: int) -> TorchScorer:
    """Train a model of PyKEEN by its pipeline."""
    settings = SETTINGS[name]
    inverse = settings.loop == "lcwa"  # that loop predicts objects only

    def factory(part: np.ndarray, *, training: bool) -> CoreTriplesFactory:
        return CoreTriplesFactory(
            mapped_triples=torch.as_tensor(part),
            num_entities=rows.entities,
            num_relations=rows.relations,
            create_inverse_triples=inverse and training,
        )

    result = pipeline(
        training=factory(rows.train, training=True),
        validation=factory(rows.valid, training=False),
        testing=factory(rows.test, training=False),
        model=name,
        model_kwargs={"embedding_dim": settings.width},
        loss=settings.loss,
        optimizer="adam",
        optimizer_kwargs={"lr": settings.step},
        training_loop=settings.loop,
        training_kwargs={"num_epochs": settings.epochs, "batch_size": 256, "use_tqdm": False},
        evaluation_kwargs={"use_tqdm": False},
        random_seed=seed,
        device="cpu",
    )
    return TorchScorer(result.model)


def _print(figures: Mapping[str, list[dict[str, float]]]) -> None:
    names = ("mrr", "hits@1", "hits@3", "hits@10", "seconds")
    sys.stdout.write(f"{'model':<18}{''.join(f'{name:>18}' for name in names)}\n")
    for model, runs in figures.items():
        cells = [_cell([run[name] for run in runs if name in run]) for name in names]
        sys.stdout.write(f"{model:<18}{''.join(f'{cell:>18}' for cell in cells)}\n")


def _cell(values: list[float]) -> str:
    if not values:
        return "-"
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.4f} ± {spread:.4f}"


def _svg(report: ReliabilityReport) -> str:
    """Draw stated chance against observed share; on the diagonal, what is said is what happens."""
    side = 320
    points = [
        (each.mean_probability * side, side - each.true_share * side, each.count)
        for each in report.bins
    ]
    largest = max(count for _, _, count in points)
    circles = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + 8 * (count / largest) ** 0.5:.1f}"/>'
        for x, y, count in points
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-40 -10 {side + 60} {side + 60}">'
        f'<path d="M0 0V{side}H{side}" fill="none" stroke="gray"/>'
        f'<path d="M0 {side}L{side} 0" stroke="gray" stroke-dasharray="4"/>'
        f'<g fill="steelblue" fill-opacity="0.7">{circles}</g>'
        f'<text x="0" y="{side + 30}" font-size="12">stated chance 0 to 1; observed upwards; '
        f"expected error {report.expected_error:.3f}</text></svg>\n"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--diagram", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
