"""Take a trained model over and let it serve: who sends it, who approved it, is it what it claims?

A model is refused unless a declared sender signed for just this bundle, a governance token holder
approved just this bundle, and its bytes are those of the digest and hold a link model with the
figures that were told. Models that stand in the history of the store were approved before; one that
was rolled back is not among them.
"""

import uuid
from dataclasses import dataclass
from typing import Final, Protocol

from agent_runtime.approvals import consent
from agent_runtime.errors import (
    AgentError,
    InputBoundsError,
    ModelStoreError,
    NotAuthorisedError,
)
from agent_runtime.handover.passing import PROMOTE, Handover
from agent_runtime.modelbundle import ModelBundle, read_bundle
from agent_runtime.modelrecords import standing_versions
from agent_runtime.modelstore import ModelStore
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.handover import ModelReady, ModelReadyAnswer
from agent_runtime.values import JsonObject

BUNDLE: Final = "bundle"
"""Detail of a stored model: the digest of the bundle that it came in."""


class AuditOffice(Protocol):
    """Where hand-overs are recorded; a generated governance bridge is one."""

    def audit(self, action: str, subject: str, detail: JsonObject, trace_id: str) -> None:
        """Record an audited event."""


class ModelReceiver(Protocol):
    """Takes models of other agents over; a generated model loader is one."""

    def ready_call(self, request: ModelReady, call: Call) -> ModelReadyAnswer:
        """Let a model serve, or refuse it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ReceivingDesk:
    """Takes models of other agents into a store and into service.

    Attributes:
        audit_event: name of the audited event.
        senders: ids of the agents that may hand models over.
        store: the models of this agent.
        handover: the shared folder and the verifier of tokens; None takes no model.
        office: governance.
    """

    audit_event: str
    senders: tuple[str, ...]
    store: ModelStore
    handover: Handover | None
    office: AuditOffice

    def receive(self, request: ModelReady, call: Call) -> ModelReadyAnswer:
        """Let a model serve, or refuse it; both are audited.

        Raises:
            InputBoundsError: the bundle is missing or not what it claims to be.
            ModelStoreError: it could not be stored; the one in service stays.
            NotAuthenticatedError: sender or approval is not believed, or was used before.
            NotAuthorisedError: the sender may not, or a token is for something else.
        """
        try:
            version, approver = self._receive(request, call)
        except AgentError as error:
            self._audit("handover_refused", request, call, {"reason": str(error)})
            raise
        self._audit("handed_over", request, call, {"version": version, "approver": approver})
        return ModelReadyAnswer(
            decision_id=str(uuid.uuid4()),
            trace_id=call.trace_id,
            confidence=1.0,
            governance_status="approved" if approver else "proceeded",
            model=request.model,
            model_version=version,
            approver=approver,
        )

    def _receive(self, request: ModelReady, call: Call) -> tuple[str, str | None]:
        """Return the version that serves now, and who consented to it."""
        if self.handover is None or call.caller not in self.senders:
            raise NotAuthorisedError(f"{call.caller} hands over no models here")
        self.handover.require_sender(request.sender_token, call.caller, request.model)
        standing = self._standing(request.model)
        if standing is not None:
            self.store.promote(standing, reason=request.reason)
            return standing, None
        bundle = self._read(self.handover, request)
        action = f"{PROMOTE}:{request.model}"
        approval = consent(request.approval, action, self.handover.verifier)
        return self._serve(bundle, request.reason), approval.subject

    def _standing(self, digest: str) -> str | None:
        """Return the version of this bundle that serves or would serve again after a rollback."""
        standing = standing_versions(self.store.history())
        found = (
            version
            for version in reversed(standing)
            if self.store.describe(version).details.get(BUNDLE) == digest
        )
        return next(found, None)

    def _read(self, handover: Handover, request: ModelReady) -> ModelBundle:
        try:
            bundle = read_bundle(handover.bundles.read(request.model), request.model)
        except ModelStoreError as error:
            raise InputBoundsError(f"the model is refused: {error}") from error
        if dict(bundle.metrics) != request.metrics:
            raise InputBoundsError("the model is refused: its figures are not those of its bundle")
        return bundle

    def _serve(self, bundle: ModelBundle, reason: str) -> str:
        standing = standing_versions(self.store.history())
        record = self.store.save(
            bundle.model.tensors(),
            metrics=bundle.metrics,
            data_digest=bundle.data_digest,
            parents=tuple(standing[-1:]),
            details={**bundle.model.details(), BUNDLE: bundle.digest},
        )
        self.store.promote(record.version, reason=reason)
        return record.version

    def _audit(self, action: str, request: ModelReady, call: Call, detail: JsonObject) -> None:
        told: JsonObject = {"action": action, "sender": call.caller, **detail}
        self.office.audit(self.audit_event, request.model, told, call.trace_id)
