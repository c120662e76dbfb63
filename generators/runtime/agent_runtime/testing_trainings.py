"""Trained candidates for tests of agent modules: one that learnt the market, one that did not."""

import hashlib
from collections.abc import Mapping
from functools import cache

from agent_runtime.datasets.prepared import Lineage, PreparedDataset
from agent_runtime.errors import InputBoundsError
from agent_runtime.modelbundle import read_bundle, write_bundle
from agent_runtime.testing_links import market, naive_run, skilled_run
from agent_runtime.training import TrainingRun
from agent_runtime.trainingjobs.desk import Candidate


class Trained:
    """Hands out candidates by the name of their training."""

    def __init__(self, **candidates: Candidate) -> None:
        self._candidates: Mapping[str, Candidate] = candidates

    def candidate(self, job_id: str) -> Candidate:
        """Return a candidate.

        Raises:
            InputBoundsError: there is none of this name.
        """
        if job_id not in self._candidates:
            raise InputBoundsError(f"there is no training {job_id!r}")
        return self._candidates[job_id]


@cache
def skilled_candidate() -> Candidate:
    """Return a candidate that learnt the market."""
    return _candidate("skilled", skilled_run())


@cache
def naive_candidate() -> Candidate:
    """Return a candidate that ranks hardly better than chance."""
    return _candidate("naive", naive_run())


def _candidate(job_id: str, run: TrainingRun) -> Candidate:
    links = market()
    dataset = PreparedDataset(
        links=links,
        rejected=(),
        scaling={},
        lineage=Lineage(
            records_digest=links.digest,
            records=len(links.all_triples),
            sources={"adapter": len(links.all_triples)},
            earliest=0.0,
            latest=0.0,
            superseded=0,
            seed=0,
        ),
    )
    content = write_bundle(
        run.model, metrics=run.metrics, data_digest=dataset.digest, run_id=run.run_id
    )
    digest = hashlib.sha256(content).hexdigest()
    return Candidate(
        job_id=job_id, bundle=read_bundle(content, digest), content=content, dataset=dataset
    )
