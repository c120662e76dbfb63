"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by model_loader@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from agent_runtime.clock import Clock
from agent_runtime.errors import ModelStoreError, NoModelError
from agent_runtime.handover.passing import Handover
from agent_runtime.handover.receiving import ReceivingDesk
from agent_runtime.linkserving import LoadedModel, ModelCache, trace_here
from agent_runtime.modelrecords import Transition
from agent_runtime.modelstore import ModelStore
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.handover import ModelReady, ModelReadyAnswer
from agent_runtime.training import TrainingRun

from L9.core.tensoraios.governancebridge import GovernanceBridge

MODEL_KIND: Final = "link_model"
AUDIT_EVENT: Final = "model_loading_events"  # governance.auditscope
SENDERS: Final[tuple[str, ...]] = ()  # wirings of the glue, packet_send of model_ready


class ModelLoader:
    """Holds the model in service in memory; every change of it is checked, recorded, reversible."""

    def __init__(
        self,
        store: ModelStore,
        governance: GovernanceBridge,
        handover: Handover | None = None,
    ) -> None:
        """Take the models, and what models of other agents come by; without, none comes."""
        self._store = store
        self._receiving = ReceivingDesk(
            audit_event=AUDIT_EVENT,
            senders=SENDERS,
            store=store,
            handover=handover,
            office=governance,
        )
        self._cache = ModelCache(store)
        self._governance = governance

    @classmethod
    def open(
        cls,
        root: Path,
        governance: GovernanceBridge,
        *,
        clock: Clock,
        handover: Handover | None = None,
    ) -> Self:
        """Open the store under `root`, creating it if there is none."""
        return cls(ModelStore(root, kind=MODEL_KIND, clock=clock), governance, handover)

    def current(self) -> LoadedModel:
        """Return the model in service; it is read from disk only after a change.

        Raises:
            NoModelError: none was promoted yet.
            ModelStoreError: it is damaged; the anchors are told.
        """
        trace_id = trace_here()
        with self._refusals_told("the model in service", trace_id):
            loaded, fresh = self._cache.current()
        if fresh:
            self._audit("loaded", loaded.version, trace_id)
        return loaded

    def in_service(self) -> str | None:
        """Return the version in service; None if there is none, or the anchors heard of damage."""
        try:
            return self.current().version
        except (ModelStoreError, NoModelError):
            return None

    def load(self, version: str, *, trace_id: str) -> LoadedModel:
        """Return any stored version, in service or not.

        Raises:
            ModelStoreError: it is not in the store or damaged; the anchors are told.
        """
        with self._refusals_told(version, trace_id):
            loaded = self._cache.read(version)
        self._audit("loaded", version, trace_id)
        return loaded

    def add(self, run: TrainingRun, *, trace_id: str) -> str:
        """Store the model of `run`, descending from the one in service; return its version.

        It does not go into service.
        """
        record = self._store.save(
            run.model.tensors(),
            metrics=run.metrics,
            data_digest=run.data_digest,
            parents=self._parents(),
            details=run.model.details(),
        )
        self._audit("added", record.version, trace_id)
        return record.version

    def promote(self, version: str, *, reason: str, trace_id: str) -> Transition:
        """Put `version` into service.

        Raises:
            ModelStoreError: it is not in the store or damaged; the one in service stays.
        """
        with self._refusals_told(version, trace_id):
            transition = self._store.promote(version, reason=reason)
        self._audit("promoted", version, trace_id)
        return transition

    def ready_call(self, request: ModelReady, call: Call) -> ModelReadyAnswer:
        """Let a model of one of `SENDERS` serve that is approved, and just what was approved.

        Raises:
            InputBoundsError: the bundle is missing or not what it claims to be.
            ModelStoreError: it could not be stored; the one in service stays.
            NotAuthenticatedError: sender or approval is not believed, or was used before.
            NotAuthorisedError: the sender may not, or a token is for something else.
        """
        return self._receiving.receive(request, call)

    def rollback(self, *, reason: str, trace_id: str) -> Transition:
        """Return to the version that was in service before.

        Raises:
            ModelStoreError: there is none, or it is damaged; the one in service stays.
        """
        with self._refusals_told("the version before", trace_id):
            transition = self._store.rollback(reason=reason)
        self._audit("rolled_back", transition.version, trace_id)
        return transition

    def earlier(self, *, trace_id: str) -> LoadedModel | None:
        """Return the version that a rollback would return to, None if there is none.

        Raises:
            ModelStoreError: it is damaged; the anchors are told.
        """
        version = self._store.earlier()
        return None if version is None else self.load(version, trace_id=trace_id)

    def versions(self) -> tuple[str, ...]:
        """Return the names of all stored versions, oldest first."""
        return self._store.versions()

    def _parents(self) -> tuple[str, ...]:
        """Return the version in service, if there is one."""
        try:
            return (self._store.current(),)
        except NoModelError:
            return ()

    @contextmanager
    def _refusals_told(self, subject: str, trace_id: str) -> Iterator[None]:
        """Tell governance of what the store refuses within the block, and pass it on."""
        try:
            yield
        except ModelStoreError as error:
            self._governance.escalate(subject, str(error), "high", trace_id=trace_id)
            raise

    def _audit(self, action: str, version: str, trace_id: str) -> None:
        """Record what happened to a version."""
        self._governance.audit(
            AUDIT_EVENT,
            subject=version,
            detail={"action": action, "version": version},
            trace_id=trace_id,
        )
