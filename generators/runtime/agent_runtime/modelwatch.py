"""Watches a link model in service: how it does on links that came after it, and how far it moved.

A model is measured on links that were first seen after its training ended, so it cannot have learnt
from them. A drop of its accuracy counts as far as it is more than chance: two standard errors, as
in `agent_runtime.validation`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from agent_runtime.errors import (
    GovernanceError,
    ModelStoreError,
    NoModelError,
    NotAuthenticatedError,
    NotAuthorisedError,
)
from agent_runtime.kernels.datasets import Triple
from agent_runtime.kernels.drift import DriftReport, compare
from agent_runtime.kernels.embeddings import unit_rows
from agent_runtime.kernels.linkmetrics import KnownLinks, filtered_ranks
from agent_runtime.kernels.linkmodel import LinkModel
from agent_runtime.linkserving import LoadedModel
from agent_runtime.metrics import AgentMetrics
from agent_runtime.modelrecords import Transition
from agent_runtime.observations import ObservedLinks
from agent_runtime.schedule import Interval
from agent_runtime.scheduler import JobState, TaskScheduler
from agent_runtime.shapes.training import RetrainResponse
from agent_runtime.validation import relative_drop

CHECK_JOB: Final = "model-check"
CHECK_SECONDS: Final = 3_600.0
LEAST_LIVE_LINKS: Final = 20
REFERENCE: Final = "test_mrr"
ROLLBACK: Final = "rollback_model"
SUBJECT: Final = "the model in service"
_CLEAR: Final = 2.0  # standard errors
_LEAST_SHARED: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveAccuracy:
    """Mean reciprocal rank on links that came after the model.

    Attributes:
        mrr: the mean, above 0 to 1.
        error: its standard error.
        links: how many links it was measured on.
    """

    mrr: float
    error: float
    links: int

    @property
    def at_best(self) -> float:
        """What it may be without chance: two standard errors more, 1 at most."""
        return min(1.0, self.mrr + _CLEAR * self.error)


def live_accuracy(
    model: LinkModel, later: Sequence[Triple], known: Sequence[Triple]
) -> LiveAccuracy | None:
    """Measure `model` on those of the `later` links whose names it knows.

    Args:
        model: the model to measure.
        later: true links that it has not learnt from.
        known: all true links; they do not compete in a ranking.

    Returns:
        None if there are fewer than 20 such links.
    """
    encoder = model.encoder
    links = [link for link in later if encoder.knows(link)]
    if len(links) < LEAST_LIVE_LINKS:
        return None
    background = KnownLinks(encoder.rows(link for link in known if encoder.knows(link)))
    ranks = filtered_ranks(model.factorization, encoder.rows(links), background)
    a_link = (1.0 / ranks).reshape(2, -1).mean(axis=0)  # both ends of a link are not independent
    return LiveAccuracy(
        mrr=float(a_link.mean()),
        error=float(a_link.std(ddof=1) / np.sqrt(len(links))),
        links=len(links),
    )


def embedding_drift(before: LinkModel, after: LinkModel) -> DriftReport | None:
    """Compare the unit vectors of entities that both models know, dimension by dimension.

    Two trainings lay the same structure along other axes, so the later vectors are turned to lie
    on the earlier ones first (orthogonal Procrustes: Schoenemann, Psychometrika 31, 1966).

    Returns:
        None if they share fewer than two entities, have other dimensions, or no dimension in which
        the earlier vectors differ.
    """
    names = sorted(set(before.vocabulary.entities) & set(after.vocabulary.entities))
    if len(names) < _LEAST_SHARED:
        return None
    old = unit_rows(np.array([before.embeddings.vector(name) for name in names]))
    new = unit_rows(np.array([after.embeddings.vector(name) for name in names]))
    if old.shape != new.shape:
        return None
    axes = np.flatnonzero(np.ptp(old, axis=0) > 0.0)
    if not axes.size:
        return None
    left, _, right = np.linalg.svd(new.T @ old)
    turned = new @ (left @ right)
    names_of_axes = [f"dimension_{at:03d}" for at in axes.tolist()]
    return compare(old[:, axes], turned[:, axes], names=names_of_axes)


class WatchedModels(Protocol):
    """The stored models, as far as they are watched."""

    def current(self) -> LoadedModel:
        """Return the model in service.

        Raises:
            NoModelError: there is none.
        """
        ...

    def earlier(self, *, trace_id: str) -> LoadedModel | None:
        """Return the model that a rollback would return to, if there is one."""
        ...

    def rollback(self, *, reason: str, trace_id: str) -> Transition:
        """Return to that model."""
        ...


class LiveValidator(Protocol):
    """Judges the accuracy of the model in service."""

    def check_live(self, reference: float, live: float, *, trace_id: str) -> bool:
        """Tell whether the model in service must be rolled back; people hear of a regression."""
        ...


class Judge(Protocol):
    """Governance, as far as a watch needs it."""

    def observe_all(
        self, values: Mapping[str, float | bool], *, subject: str, trace_id: str
    ) -> object:
        """Judge signals and escalate what fires."""
        ...

    def permit(self, decision: str, *, subject: str | None, trace_id: str) -> object:
        """Permit a decision of the agent.

        Raises:
            GovernanceError: it is outside its autonomy.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchPlan:
    """What a schema wants to know of the model in service.

    Attributes:
        accuracy_metric: gauge of the accuracy on live data; empty if there is none.
        drift_metric: gauge of the drift of embeddings; empty if there is none.
        drop_limit: share of the accuracy that may be lost.
        model_events: signals that are true if more is lost.
        embedding_events: signals that are true if the embeddings of a new model drifted.
    """

    accuracy_metric: str
    drift_metric: str
    drop_limit: float
    model_events: tuple[str, ...] = ()
    embedding_events: tuple[str, ...] = ()


class ModelWatch:
    """Measures the model in service, tells governance, and rolls a regression back."""

    def __init__(
        self,
        plan: WatchPlan,
        models: WatchedModels,
        validator: LiveValidator,
        governance: Judge,
        *,
        links: ObservedLinks,
        metrics: AgentMetrics,
        feedback: Callable[[float], object],
    ) -> None:
        """Wire the watch.

        Args:
            plan: what to measure and tell.
            models: the stored models.
            validator: judges a drop of accuracy.
            governance: hears of drift, and permits a rollback.
            links: all observed links.
            metrics: the agent's metrics.
            feedback: hears of each measured drop, as a share of the accuracy at promotion.
        """
        self._plan = plan
        self._models = models
        self._validator = validator
        self._governance = governance
        self._links = links
        self._metrics = metrics
        self._feedback = feedback
        self._measured: tuple[str, int] | None = None

    def register(self, scheduler: TaskScheduler) -> JobState:
        """Have `scheduler` check the model in service every hour.

        Raises:
            ConfigError: the job is registered already.
        """
        return scheduler.register(
            CHECK_JOB,
            Interval(seconds=CHECK_SECONDS),
            lambda run: self.check(trace_id=run.trace_id),
        )

    def trained(self, response: RetrainResponse) -> None:
        """Measure what a training left in service: the new model, or the old one on new links.

        What is refused meanwhile was told to governance by whoever refused it; the training stands.
        """
        with suppress(ModelStoreError, GovernanceError, NotAuthenticatedError, NotAuthorisedError):
            if response.promoted:
                self.promoted(response.metrics, trace_id=response.trace_id)
            else:
                self.check(trace_id=response.trace_id)

    def check(self, *, trace_id: str) -> LiveAccuracy | None:
        """Measure the model in service if links came in since it was last measured.

        Returns:
            None if there is no model, nothing new, or too little to measure with.

        Raises:
            ModelStoreError: the model is damaged.
            GovernanceError: a rollback is due and outside the autonomy of the agent.
        """
        try:
            loaded = self._models.current()
        except NoModelError:
            return None
        later = self._links.first_seen_after(loaded.stored_at)
        standing = (loaded.version, len(later))
        if standing == self._measured:
            return None
        live = live_accuracy(loaded.model, later, self._links.recent())
        if live is None:
            return None
        self._set(self._plan.accuracy_metric, live.mrr)
        self._judge(loaded, live, trace_id)
        self._measured = standing
        return live

    def promoted(self, figures: Mapping[str, float], *, trace_id: str) -> DriftReport | None:
        """Measure a model that just went into service: its accuracy, and how far it moved.

        Args:
            figures: figures of its training, held-out accuracy among them.
            trace_id: trace to work under.

        Raises:
            ModelStoreError: it or the model before it is damaged.
        """
        self._set(self._plan.accuracy_metric, figures[REFERENCE])
        earlier = self._models.earlier(trace_id=trace_id)
        report = embedding_drift(earlier.model, self._models.current().model) if earlier else None
        if report is None:
            return None
        self._set(self._plan.drift_metric, report.largest_kl)
        self._tell(self._plan.embedding_events, trace_id, value=bool(report.drifted))
        return report

    def _judge(self, loaded: LoadedModel, live: LiveAccuracy, trace_id: str) -> None:
        """Have a drop judged that is more than chance, and act on a regression."""
        reference = loaded.metrics[REFERENCE]
        drop = relative_drop(reference, live.at_best)
        self._feedback(drop)
        self._tell(self._plan.model_events, trace_id, value=drop > self._plan.drop_limit)
        if not self._validator.check_live(reference, live.at_best, trace_id=trace_id):
            return
        earlier = self._models.earlier(trace_id=trace_id)
        if earlier is not None:
            self._governance.permit(ROLLBACK, subject=earlier.version, trace_id=trace_id)
            reason = (
                f"accuracy on {live.links} live links fell from {reference:.3f} to {live.mrr:.3f}"
            )
            self._models.rollback(reason=reason, trace_id=trace_id)

    def _tell(self, events: tuple[str, ...], trace_id: str, *, value: bool) -> None:
        if events:
            self._governance.observe_all(
                dict.fromkeys(events, value), subject=SUBJECT, trace_id=trace_id
            )

    def _set(self, metric: str, value: float) -> None:
        if metric:
            self._metrics.set(metric, value)
