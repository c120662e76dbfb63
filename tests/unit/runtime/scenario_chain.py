"""A whole system in one small service: what an adapter, an orchestrator and a trainer answer."""

from agent_runtime.errors import InputBoundsError
from agent_runtime.service import EndpointSpec, Operation
from agent_runtime.service.spec import answered_by
from agent_runtime.shapes.adapter import (
    OutcomeRequest,
    OutcomeResponse,
    TranslateRequest,
    TranslateResponse,
)
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.decision_log import (
    DecisionLogRequest,
    DecisionLogResponse,
    LoggedDecision,
)
from agent_runtime.shapes.links import Candidate
from agent_runtime.shapes.overrides import OverrideResponse
from agent_runtime.shapes.status import StatusRequest, StatusResponse
from agent_runtime.shapes.trainings import (
    PromotionRequest,
    PromotionResponse,
    TrainingAccepted,
    TrainingRequest,
    TrainingState,
    TrainingStatusRequest,
    TrainingStatusResponse,
)
from agent_runtime.shapes.transactions import OverrideRequest

from tests.unit.runtime.scenario_app import Likeness

SELLER, BUYER = "trade:seller/", "trade:buyer/"


class SmallSystem(Likeness):
    """Ranks by likeness once a model was approved; each fault is switched on by its name."""

    def __init__(self, *, fault: str = "") -> None:
        super().__init__()
        self.fault = fault
        self.sellers: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.logged: list[LoggedDecision] = []
        self.pending = 0
        self.approvals: list[str] = []
        self.deaf = 1
        self.early = 1

    @property
    def endpoints(self) -> tuple[EndpointSpec, ...]:
        """All that the chain needs."""
        names = {
            "GET": ("decisions", "status", "trainings"),
            "POST": ("score", "translate", "outcome", "train", "promote", "override"),
        }
        return tuple(
            EndpointSpec(name=name, path=f"/v1/{name}", method=method, timeout_ms=5000)
            for method, found in names.items()
            for name in found
        )

    @property
    def operations(self) -> dict[str, Operation]:
        """What answers it."""
        return {
            "score": super().operations["score"],
            "translate": answered_by(self.translate, TranslateRequest, TranslateResponse),
            "outcome": answered_by(self.outcome, OutcomeRequest, OutcomeResponse),
            "train": answered_by(self.train, TrainingRequest, TrainingAccepted),
            "trainings": answered_by(self.trainings, TrainingStatusRequest, TrainingStatusResponse),
            "promote": answered_by(self.promote, PromotionRequest, PromotionResponse),
            "decisions": answered_by(self.decisions, DecisionLogRequest, DecisionLogResponse),
            "status": answered_by(self.status, StatusRequest, StatusResponse),
            "override": answered_by(self.override, OverrideRequest, OverrideResponse),
        }

    def translate(self, request: TranslateRequest, call: Call) -> TranslateResponse:
        """Take sellers in, and decide about the buyers."""
        known = [str(r.fields["seller_id"]) for r in request.records if r.record == "seller"]
        self.sellers = sorted(known) or self.sellers
        buyers = [str(r.fields["buyer_id"]) for r in request.records if r.record == "buyer"]
        packet = f"p{len(self.logged)}"
        links = [(f"{SELLER}{s}", "SUPPLIES", f"{BUYER}{b}") for b in buyers for s in self.sellers]
        scores = [
            self._likeness(Candidate(subject=s[len(SELLER) :], relation=r, object=b[len(BUYER) :]))
            for s, r, b in links
        ]
        weighty = request.criticality > 0.5 and self.fault != "careless"
        self.pending += weighty
        if self.fault != "silent":
            order = sorted(range(len(links)), key=lambda at: -scores[at])
            self._log(packet, links, order, "escalated" if weighty else "proceeded", None)
        return TranslateResponse(
            decision_id="t",
            trace_id=call.trace_id,
            confidence=1.0,
            accepted=len(request.records),
            refused=(),
            packet_id=None if self.fault == "refusing" else packet,
            transactions=(),
        )

    def _log(
        self,
        packet: str,
        links: list[tuple[str, str, str]],
        order: list[int],
        status: str,
        before: str | None,
    ) -> None:
        data = {
            "packet_id": packet,
            "model_version": "1" if self.known else None,
            "candidates": [list(link) for link in links],
            "ranking": order,
            "supersedes": before,
        }
        if self.fault == "unranked":
            del data["ranking"]
        self.logged.insert(
            0,
            LoggedDecision(
                decision_id=f"reasoning:d{len(self.logged)}",
                timestamp=0.0,
                confidence=0.5,
                governance_status=status,
                trace_id="t",
                data=data,
            ),
        )

    def decisions(self, request: DecisionLogRequest, call: Call) -> DecisionLogResponse:
        """Return the decisions on a packet."""
        wanted = (request.model_extra or {})["packet_id"]
        wanted = wanted[-1] if isinstance(wanted, list) else wanted
        found = tuple(each for each in self.logged if each.data["packet_id"] == wanted)
        return DecisionLogResponse(trace_id=call.trace_id, decisions=found, page=1, more=False)

    def status(self, _request: StatusRequest, call: Call) -> StatusResponse:
        """Tell how many escalations wait."""
        return StatusResponse.model_validate(self._standing(call))

    def _standing(self, call: Call) -> dict[str, object]:
        return {
            "agent": "small",
            "version": "1",
            "status": "ready",
            "trace_id": call.trace_id,
            "model_version": None,
            "failing": (),
            "governance_mode": "hybrid",
            "governance_enforced": True,
            "pending_escalations": self.pending,
            "flags_off": (),
        }

    def outcome(self, request: OutcomeRequest, call: Call) -> OutcomeResponse:
        """Keep who supplied whom."""
        self.told.append((request.subject[len(SELLER) :], request.object[len(BUYER) :]))
        return OutcomeResponse(
            decision_id="o",
            trace_id=call.trace_id,
            confidence=1.0,
            record_id=request.record_id,
            domain="trade",
            subject=request.subject,
            relation=request.relation,
            object=request.object,
            succeeded=True,
            occurred_at=request.occurred_at,
            measures={},
            new=True,
        )

    def train(self, _request: TrainingRequest, call: Call) -> TrainingAccepted:
        """Accept; the first time nothing was heard of yet, the second time of one less."""
        if self.deaf == 1:
            self.deaf = 0
            raise InputBoundsError("there are no outcomes to assess")
        if self.fault == "closed":
            raise InputBoundsError("no training today")
        return TrainingAccepted(
            decision_id="a",
            trace_id=call.trace_id,
            confidence=1.0,
            job_id="j1",
            state="queued",
            dataset="d" * 64,
            records=len(self.told) + (self.fault == "deaf"),
        )

    def trainings(self, _request: TrainingStatusRequest, call: Call) -> TrainingStatusResponse:
        """Tell how the training stands."""
        state = {"failing": "failed", "endless": "running"}.get(self.fault, "succeeded")
        job = TrainingState(
            job_id="j1",
            state=state,
            reason="",
            domain="",
            dataset="d" * 64,
            submitted_at=0.0,
            started_at=0.0,
            finished_at=0.0,
            attempts=1,
            detail="out of memory",
            model="m" * 64,
            metrics={},
        )
        return TrainingStatusResponse.model_validate(
            {**self._standing(call), "parallel": 1, "jobs": (job,)}
        )

    def promote(self, request: PromotionRequest, call: Call) -> PromotionResponse:
        """Wait for a token, then learn."""
        state, served = "awaiting_approval", ""
        if self.fault == "worse":
            state = "refused"
        elif request.approval and request.serving_approval:
            self.approvals += [request.approval, request.serving_approval]
            state, served = "promoted", "small serves it as 1"
            for seller, buyer in self.told:
                self.known.setdefault(buyer, set()).add(seller)
                self.dealt.setdefault(seller, set()).add(buyer)
        return PromotionResponse(
            decision_id="p",
            trace_id=call.trace_id,
            confidence=1.0,
            job_id=request.job_id,
            model="m" * 64,
            state=state,
            model_version=None,
            approver=None,
            reasons=("it does not beat popularity",),
            handed_over=served,
        )

    def override(self, request: OverrideRequest, call: Call) -> OverrideResponse:
        """Log a decision in the place of another; the first time it cannot be found yet."""
        if self.early:
            self.early -= 1
            raise InputBoundsError(f"no decision {request.decision_id!r} was made here")
        if self.fault == "locked":
            raise InputBoundsError("decisions stand")
        links = [(each.subject, each.relation, each.object) for each in request.ranking]
        order = [*range(len(links))]
        if self.fault == "stubborn":
            order.reverse()
        packet = str(self.logged[0].data["packet_id"])
        if self.fault != "forgetful":
            self._log(packet, links, order, "overridden", request.decision_id)
        return OverrideResponse(
            decision_id="override",
            trace_id=call.trace_id,
            confidence=1.0,
            governance_status="overridden",
            subject=request.decision_id,
            action=request.action,
            replaced_by="d",
            reprocessed=(),
            approver="operator",
        )
