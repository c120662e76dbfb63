"""Put validated models into service once governance consents, and take them back out.

A candidate is judged before anyone is asked: it must pass validation and not be worse than the
model in service beyond chance. The consent is to one action, `promote_model:<digest>` with the
digest of the bundle, so that a token signed for one model promotes no other.
"""

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from agent_runtime.approvals import Approval, Credential
from agent_runtime.clock import isoformat
from agent_runtime.errors import ModelStoreError, NoModelError, NotAuthenticatedError
from agent_runtime.evaluation import AccuracyReport
from agent_runtime.handover.passing import PROMOTE
from agent_runtime.handover.sending import NOBODY, HandoverDesk
from agent_runtime.kernels.linkmodel import LinkModel
from agent_runtime.modelrecords import PROMOTE as PROMOTED
from agent_runtime.modelrecords import StoredModel
from agent_runtime.modelstore import ModelStore
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.trainings import (
    PromotionRequest,
    PromotionResponse,
    RollbackRequest,
    RollbackResponse,
)
from agent_runtime.tokens import GOVERNANCE_ROLE
from agent_runtime.trainingjobs.desk import Candidate
from agent_runtime.trainingjobs.lineage import Lineage, note_succession
from agent_runtime.validation import HoldOut, ValidationReport
from agent_runtime.values import JsonObject

ROLL_BACK: Final = "rollback_model"
FOLDER: Final = "models"
_BUNDLE: Final = "bundle"


class Candidates(Protocol):
    """Hands out trained models; a generated training job runner is one."""

    def candidate(self, job_id: str) -> Candidate:
        """Return the model of a training with its dataset."""


class Evaluator(Protocol):
    """Tells a difference of accuracy from chance; a generated accuracy evaluator is one."""

    def evaluate(
        self,
        candidate: LinkModel,
        current: LinkModel | None,
        hold_out: HoldOut,
        *,
        subject: str,
        trace_id: str,
    ) -> AccuracyReport:
        """Compare two models on held-out links."""


class Validator(Protocol):
    """Applies the declared rules to a candidate; a generated model validator is one."""

    def compare(
        self, candidate: LinkModel, current: LinkModel | None, hold_out: HoldOut
    ) -> ValidationReport:
        """Judge whether `candidate` may take the place of `current`."""


class PromotionOffice(Protocol):
    """What changes of service need of governance; a generated governance bridge is one."""

    def audit(self, action: str, subject: str, detail: JsonObject, trace_id: str) -> None:
        """Record an audited event."""

    def authorise(self, action: str, token: Credential | None, trace_id: str) -> Approval:
        """Permit an action that others notice."""


class ModelShelf(Protocol):
    """Where bundles are kept for good; a generated memory bridge with an archive is one."""

    def archive(self, key: str, data: bytes) -> object:
        """Store `data` as the newest version of `key`."""


class Succession:
    """The models in service one after the other, with their bundles and their graph."""

    def __init__(self, store: ModelStore, lineage: Lineage | None) -> None:
        self._store = store
        self._lineage = lineage

    def current(self) -> StoredModel | None:
        """Return the model in service, if there is one.

        Raises:
            ModelStoreError: it is damaged.
        """
        try:
            return self._store.load_current()
        except NoModelError:
            return None

    def in_service(self) -> str | None:
        """Return the version in service; None without one, or if the history is damaged."""
        try:
            return self._store.current()
        except (ModelStoreError, NoModelError):
            return None

    def promotions_since(self, moment: float) -> float:
        """Return how many models went into service from `moment` on; NaN if that is unreadable."""
        try:
            history = self._store.history()
        except ModelStoreError:
            return math.nan
        since = isoformat(moment)
        return float(sum(each.action == PROMOTED and each.at >= since for each in history))

    def rollback_share(self) -> float:
        """Return how many rollbacks there were a promotion; NaN without one, or if unreadable."""
        try:
            history = self._store.history()
        except ModelStoreError:
            return math.nan
        promotions = sum(each.action == PROMOTED for each in history)
        return (len(history) - promotions) / promotions if promotions else math.nan

    def promote(self, candidate: Candidate, *, reason: str, trace_id: str) -> str:
        """Store a candidate, put it into service, and return its version.

        Raises:
            MemoryLayerError: the graph failed; the model serves.
            ModelStoreError: it could not be stored; the one in service stays.
        """
        before, bundle = self.current(), candidate.bundle
        details: JsonObject = {**bundle.model.details(), _BUNDLE: bundle.digest}
        record = self._store.save(
            bundle.model.tensors(),
            metrics=bundle.metrics,
            data_digest=bundle.data_digest,
            parents=() if before is None else (before.record.version,),
            details=details,
        )
        self._store.promote(record.version, reason=reason)
        self._note(before, bundle.digest, "promoted", trace_id)
        return record.version

    def roll_back(self, *, reason: str, trace_id: str) -> tuple[StoredModel, str]:
        """Return to the model that served before; return it and the version withdrawn.

        Raises:
            MemoryLayerError: the graph failed; the model serves.
            ModelStoreError: there is none, or it is damaged; the one in service stays.
        """
        before = self.current()
        transition = self._store.rollback(reason=reason)
        now = self._store.load_current()
        self._note(before, bundle_of(now), "rolled_back", trace_id)
        return now, str(transition.previous)

    def _note(self, before: StoredModel | None, after: str, why: str, trace_id: str) -> None:
        if self._lineage is not None:
            earlier = None if before is None else bundle_of(before)
            note_succession(self._lineage, earlier, after, why=why, trace_id=trace_id)


def bundle_of(model: StoredModel) -> str:
    """Return the digest of the bundle that a stored model came in; else that of its weights."""
    return str(model.record.details.get(_BUNDLE, model.record.weights_sha256))


@dataclass(frozen=True, kw_only=True, eq=False)
class PromotionDesk:
    """Judges candidates, asks for consent and promotes.

    Attributes:
        audit_event: name of the audited event.
        candidates: hands out trained models.
        evaluator: tells differences from chance.
        validator: applies the declared rules.
        office: governance.
        shelf: keeps the bundles of promoted models.
        succession: the models in service.
        handover: hands promoted models to the agent that serves them.
    """

    audit_event: str
    candidates: Candidates
    evaluator: Evaluator
    validator: Validator
    office: PromotionOffice
    shelf: ModelShelf
    succession: Succession
    handover: HandoverDesk = NOBODY

    def promote(self, request: PromotionRequest, call: Call) -> PromotionResponse:
        """Promote the model of a training, say what it waits for, or why it is refused.

        Raises:
            GovernanceError: promotion is outside the autonomy of the agent.
            InputBoundsError: there is no such training, or it has no model.
            ModelStoreError: the model is not what was trained.
            NotAuthenticatedError: the approval is not believed.
            NotAuthorisedError: the approval is for something else.
        """
        candidate = self.candidates.candidate(request.job_id)
        digest, model = candidate.bundle.digest, candidate.bundle.model
        stored = self.succession.current()
        if stored is not None and bundle_of(stored) == digest:
            return _answer(
                candidate,
                request,
                call,
                "promoted",
                ("it serves already",),
                version=stored.record.version,
                handed_over=self._hand_over(candidate, request, call),
            )
        current = None if stored is None else LinkModel.from_stored(stored)
        hold_out = HoldOut.of(candidate.dataset.links)
        verdict = self.validator.compare(model, current, hold_out)
        accuracy = self.evaluator.evaluate(
            model, current, hold_out, subject=digest, trace_id=call.trace_id
        )
        reasons = (*verdict.reasons, _words(accuracy))
        if not verdict.accepted or accuracy.verdict == "worse":
            return self._told(
                _answer(candidate, request, call, "refused", reasons, confidence=verdict.confidence)
            )
        action = f"{PROMOTE}:{digest}"
        token = _credential(request.approval, call)
        try:
            approval = self.office.authorise(action, token, call.trace_id)
        except NotAuthenticatedError:
            if token is not None:
                raise
            wanted = f"it waits for a signed approval of {action}"
            return self._told(
                _answer(
                    candidate,
                    request,
                    call,
                    "awaiting_approval",
                    (*reasons, wanted),
                    confidence=verdict.confidence,
                )
            )
        self.shelf.archive(f"{FOLDER}/{digest}", candidate.content)
        version = self.succession.promote(candidate, reason=reasons[0], trace_id=call.trace_id)
        return self._told(
            _answer(
                candidate,
                request,
                call,
                "promoted",
                reasons,
                version=version,
                handed_over=self._hand_over(candidate, request, call),
                approver=approval.approver,
                figures=accuracy.figures(),
                confidence=verdict.confidence,
            )
        )

    def _hand_over(self, candidate: Candidate, request: PromotionRequest, call: Call) -> str:
        return self.handover.hand_over(
            candidate.bundle, candidate.content, approval=request.serving_approval, call=call
        )

    def _told(self, answer: PromotionResponse) -> PromotionResponse:
        detail: JsonObject = {
            "state": answer.state,
            "job_id": answer.job_id,
            "version": answer.model_version,
            "approver": answer.approver,
            "reasons": list(answer.reasons),
            "handed_over": answer.handed_over,
        }
        self.office.audit(self.audit_event, answer.model, detail, answer.trace_id)
        return answer


@dataclass(frozen=True, kw_only=True, eq=False)
class RollbackDesk:
    """Returns to the last good model, with a consent and a reason on record.

    Attributes:
        audit_event: name of the audited event.
        office: governance.
        succession: the models in service.
    """

    audit_event: str
    office: PromotionOffice
    succession: Succession

    def roll_back(self, request: RollbackRequest, call: Call) -> RollbackResponse:
        """Return to the model that served before; it is checked byte by byte first.

        Raises:
            GovernanceError: rolling back is outside the autonomy of the agent.
            ModelStoreError: there is none, or it is damaged; the one in service stays.
            NotAuthenticatedError: a token is needed and missing.
            NotAuthorisedError: the token is for something else.
        """
        approval = self.office.authorise(ROLL_BACK, call.token, call.trace_id)
        now, withdrawn = self.succession.roll_back(reason=request.reason, trace_id=call.trace_id)
        detail: JsonObject = {
            "now": now.record.version,
            "withdrawn": withdrawn,
            "approver": approval.approver,
            "reason": request.reason,
        }
        self.office.audit(self.audit_event, withdrawn, detail, call.trace_id)
        return RollbackResponse(
            decision_id=str(uuid.uuid4()),
            trace_id=call.trace_id,
            confidence=1.0,
            criticality=request.criticality,
            governance_status="approved" if approval.approver else "proceeded",
            model_version=now.record.version,
            withdrawn=withdrawn,
            model=bundle_of(now),
            approver=approval.approver,
            reason=request.reason,
        )


def _credential(approval: str | None, call: Call) -> Credential | None:
    """Return the approval of a request, else the caller's own token if it is one of governance."""
    if approval is not None:
        return approval
    return call.token if GOVERNANCE_ROLE in call.roles else None


def _answer(
    candidate: Candidate,
    request: PromotionRequest,
    call: Call,
    state: str,
    reasons: tuple[str, ...],
    *,
    version: str | None = None,
    approver: str | None = None,
    figures: Mapping[str, float] | None = None,
    confidence: float = 1.0,
    handed_over: str = "",
) -> PromotionResponse:
    return PromotionResponse(
        decision_id=str(uuid.uuid4()),
        trace_id=call.trace_id,
        confidence=confidence,
        criticality=request.criticality,
        factors=dict(figures or {}),
        governance_status="approved" if approver else "proceeded",
        job_id=request.job_id,
        model=candidate.bundle.digest,
        state=state,
        model_version=version,
        approver=approver,
        reasons=reasons,
        handed_over=handed_over,
    )


def _words(accuracy: AccuracyReport) -> str:
    return (
        f"{accuracy.links} held-out links call it {accuracy.verdict} compared with what serves: "
        f"p = {accuracy.p_better:.4f} for better, {accuracy.p_worse:.4f} for worse"
    )
