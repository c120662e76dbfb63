"""The long way through a whole system: from the adapter of a domain to an approved model.

Records come in at the adapter and go as a packet to the orchestrator, which has them scored,
decides and answers. What it decided is read from its log. Outcomes are reported to the adapter; the
trainer hears of them, and what it trains serves once a token holder approves.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from agent_runtime.clock import Clock
from agent_runtime.kernels.datasets import Triple
from agent_runtime.scenario.exam import Question
from agent_runtime.scenario.failures import RefusedError, ScenarioError
from agent_runtime.scenario.ground import Ground
from agent_runtime.scenario.offers import Offers
from agent_runtime.scenario.paths import Lesson
from agent_runtime.scenario.talk import Talk
from agent_runtime.simulators.domain import SimulatedDomain
from agent_runtime.tokens import GOVERNANCE_ROLE
from agent_runtime.values import JsonObject, JsonValue

CHAIN: Final = (
    "TranslateResponse",
    "DecisionLogResponse",
    "OutcomeResponse",
    "TrainingAccepted",
    "TrainingStatusResponse",
    "PromotionResponse",
    "ScoreResponse",
    "OverrideResponse",
)
"""What the agents of a whole system answer with between them."""

A_PACKET: Final = 10
"""Wishes that are sent together."""

LOOKS: Final = 240
"""How often something is looked for, a quarter of a second apart, before it is given up."""

_DAY: Final = 86_400.0
_AT_ONCE: Final = 3
"""Outcomes that are reported side by side."""

_LATER: Final = 4
"""Moments to wait until the trainer is asked again."""

_OVERRIDDEN: Final = 1
"""How many of the least likely links an override puts first."""


class ChainPath:
    """Has the questions of one market answered by all agents of a system together."""

    def __init__(
        self, offers: Offers, talk: Talk, ground: Ground, domain: SimulatedDomain, clock: Clock
    ) -> None:
        """Take who offers what, and the domain that the adapter serves.

        Raises:
            ScenarioError: an agent of the chain does not run.
        """
        self._offers = {shape: offers.get(shape) for shape in CHAIN}
        orchestrator = self._offers["DecisionLogResponse"].agent
        self._status = offers.get(f"{orchestrator}:StatusResponse")
        self._talk = talk
        self._ground = ground
        self._domain = domain
        self._clock = clock
        self._weighty: Mapping[str, object] | None = None
        self._orders: Mapping[str, Sequence[str]] | None = None
        self._reported = 0

    def ranking(self, question: Question) -> Sequence[str] | None:
        """Return the sellers as the orchestrator ranked them; None if no model has scored them.

        All wishes of the market go through the system, some a packet, once after each lesson.

        Raises:
            ScenarioError: the system refuses, or does not answer in time.
        """
        if self._orders is None:
            self._orders = self._all_orders()
        if not self._orders:
            return None
        order = self._orders.get(question.buyer, ())
        ranked = [seller for seller in order if seller in question.sellers]
        return [*ranked, *(seller for seller in question.sellers if seller not in ranked)]

    def teach(self, links: Sequence[Triple], reason: str) -> Lesson:
        """Report deals as outcomes, have the trainer learn from all of them, and approve its model.

        Raises:
            ScenarioError: an agent refuses, or a training does not end in time.
        """
        deals = [each for each in dict.fromkeys(links) if each[1] == self._ground.relation]
        numbered = [(self._reported + place, each) for place, each in enumerate(deals)]
        self._reported += len(deals)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._report, numbered))
        job = self._trained(reason)
        lesson = self._promoted(job)
        self._orders = None
        return lesson

    def escalates(self, question: Question) -> tuple[str, ...]:
        """Send one wish again, with the greatest weight; return what people are asked.

        Raises:
            ScenarioError: the system refuses, or does not answer in time.
        """
        before = self._pending()
        self._weighty = self._decide((question.buyer,), criticality=1.0)
        held = self._weighty.get("governance_status") == "escalated" and self._pending() > before
        return (str(self._weighty["decision_id"]),) if held else ()

    def overrides(self) -> bool | None:
        """Put the last links of that decision first; tell whether they come first now.

        Raises:
            ScenarioError: the override is refused.
        """
        decided = self._weighty
        if decided is None:
            return False
        links = _ranked(decided)
        links = [*links[-_OVERRIDDEN:], *links[:-_OVERRIDDEN]]
        subject = str(decided["decision_id"]).rpartition(":")[2]
        wish: JsonObject = {
            "decision_id": subject,
            "action": "replace",
            "ranking": [
                dict(zip(("subject", "relation", "object"), link, strict=True)) for link in links
            ],
            "reason": "the scenario prefers others",
        }
        answer = self._overridden(wish)
        for _ in range(LOOKS):
            for each in self._logged(decided):
                if _data(each).get("supersedes") == subject:
                    status = each.get("governance_status")
                    return _ranked(each) == links and status == answer["governance_status"]
            self._talk.wait()
        return False

    def _overridden(self, wish: JsonObject) -> Mapping[str, object]:
        """Ask for an override; the log tells of a decision just before it can be replaced."""
        offer = self._offers["OverrideResponse"]
        for _ in range(LOOKS):
            try:
                return self._talk.ask(offer, wish)
            except RefusedError as refusal:
                if "was made here" not in str(refusal):
                    raise
                self._talk.wait()
        return self._talk.ask(offer, wish)

    def _all_orders(self) -> dict[str, list[str]]:
        """Return the sellers for each buyer, best first; nothing if no model scored a wish."""
        buyers = [*self._domain.market.records(self._ground.buyer)]
        orders: dict[str, list[str]] = {}
        scored = True
        for start in range(0, len(buyers), A_PACKET):
            decided = self._decide(buyers[start : start + A_PACKET], others=not start)
            scored = scored and bool(_data(decided).get("model_version"))
            orders |= self._by_buyer(decided)
        return orders if scored else {}

    def _decide(
        self, buyers: Sequence[str], *, others: bool = False, criticality: float = 0.0
    ) -> Mapping[str, object]:
        """Send wishes in, and all other records if wanted; return what was decided."""
        records: list[JsonValue] = [
            {"record": name, "fields": dict(fields)}
            for name in self._ground.specs.names
            if name != self._ground.deal.record and (others or name == self._ground.buyer)
            for key, fields in self._domain.market.records(name).items()
            if name != self._ground.buyer or key in buyers
        ]
        body: JsonObject = {"records": records, "criticality": criticality}
        answer = self._talk.ask(self._offers["TranslateResponse"], body)
        packet = answer.get("packet_id")
        if not packet or answer.get("refused"):
            raise ScenarioError(f"the adapter refused records: {str(answer.get('refused'))[:300]}")
        for _ in range(LOOKS):
            for each in self._logged({"data": {"packet_id": packet}}):
                return each
            self._talk.wait()
        raise ScenarioError(f"nothing was decided about packet {packet}")

    def _logged(self, decision: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
        """Return what the log holds on the packet of a decision, newest first."""
        question: JsonObject = {"packet_id": str(_data(decision)["packet_id"])}
        found = self._talk.ask(self._offers["DecisionLogResponse"], question).get("decisions")
        return found if isinstance(found, list) else ()

    def _by_buyer(self, decided: Mapping[str, object]) -> dict[str, list[str]]:
        ground = self._ground
        sellers, buyers = (f"{ground.entity(kind, '')}" for kind in (ground.seller, ground.buyer))
        found: dict[str, list[str]] = {}
        for seller, _, buyer in _ranked(decided):
            found.setdefault(buyer.removeprefix(buyers), []).append(seller.removeprefix(sellers))
        return found

    def _report(self, numbered: tuple[int, Triple]) -> None:
        number, (seller, relation, buyer) = numbered
        body: JsonObject = {
            "record_id": f"deal-{number}",
            "subject": self._ground.entity(self._ground.seller, seller),
            "relation": relation,
            "object": self._ground.entity(self._ground.buyer, buyer),
            "accepted": True,
            "succeeded": True,
            "occurred_at": self._clock() - _DAY + number,
        }
        self._talk.ask(self._offers["OutcomeResponse"], body)

    def _trained(self, reason: str) -> Mapping[str, object]:
        """Have a model trained on all reported outcomes; return how the training stands."""
        accepted = self._accepted({"reason": reason, "tune": False})
        for _ in range(LOOKS):
            question: JsonObject = {"job_id": str(accepted["job_id"])}
            jobs = self._talk.ask(self._offers["TrainingStatusResponse"], question).get("jobs")
            job: Mapping[str, object] = jobs[0] if isinstance(jobs, list) and jobs else {}
            if job.get("state") in ("succeeded", "failed"):
                return job
            self._talk.wait()
        raise ScenarioError(f"the training {accepted['job_id']} does not end")

    def _accepted(self, body: JsonObject) -> Mapping[str, object]:
        """Return the training on all outcomes; the trainer hears of them a little later."""
        for _ in range(LOOKS):
            try:
                accepted = self._talk.ask(self._offers["TrainingAccepted"], body)
                if accepted.get("records") == self._reported:
                    return accepted
            except RefusedError as refusal:
                if "no outcomes" not in str(refusal):
                    raise
            for _ in range(_LATER):
                self._talk.wait()
        raise ScenarioError(f"the trainer does not hear of {self._reported} outcomes")

    def _pending(self) -> int:
        return int(str(self._talk.ask(self._status, {})["pending_escalations"]))

    def _promoted(self, job: Mapping[str, object]) -> Lesson:
        """Ask for a promotion without a token, then with one for each of both agents."""
        if job["state"] != "succeeded":
            return Lesson(promoted=False, told=str(job["detail"]))
        offer = self._offers["PromotionResponse"]
        body: JsonObject = {"job_id": str(job["job_id"])}
        waits = self._talk.ask(offer, body)
        if waits.get("state") != "awaiting_approval":
            told = waits.get("reasons")
            first = str(told[0]) if isinstance(told, list) and told else ""
            return Lesson(promoted=False, told=f"{waits.get('state')}: {first}")
        action = f"promote_model:{job['model']}"
        server = self._offers["ScoreResponse"].agent
        answer = self._talk.ask(
            offer,
            {
                **body,
                "approval": self._talk.token(offer.agent, GOVERNANCE_ROLE, action),
                "serving_approval": self._talk.token(server, GOVERNANCE_ROLE, action),
            },
        )
        serves = "serves it as" in str(answer.get("handed_over"))
        told = f"waits for approval, then {answer.get('state')}; {answer.get('handed_over')}"
        return Lesson(promoted=serves and answer.get("state") == "promoted", told=told)


def _data(decision: Mapping[str, object]) -> Mapping[str, object]:
    data = decision.get("data")
    return data if isinstance(data, Mapping) else {}


def _ranked(decision: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """Return the links of a decision, best first."""
    candidates, ranking = _data(decision).get("candidates"), _data(decision).get("ranking")
    if not isinstance(candidates, list) or not isinstance(ranking, list):
        raise ScenarioError("a decision of the log has no ranking")
    return [(str(s), str(r), str(o)) for s, r, o in (candidates[index] for index in ranking)]
