"""A small scoring agent that learns: sellers who supply the same buyers are alike."""

from agent_runtime.errors import NoModelError
from agent_runtime.service import EndpointSpec, Operation
from agent_runtime.service.spec import answered_by
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.links import Candidate, ScoredLink, ScoreRequest, ScoreResponse
from agent_runtime.shapes.training import RetrainRequest, RetrainResponse
from agent_runtime.tracing import new_trace_id


class Likeness:
    """Scores a link by how alike its seller is to those who supply its buyer."""

    def __init__(self, *, learns: bool = True) -> None:
        self.learns = learns
        self.known: dict[str, set[str]] = {}
        self.dealt: dict[str, set[str]] = {}

    @property
    def endpoints(self) -> tuple[EndpointSpec, ...]:
        """Both endpoints of a scoring agent."""
        return (
            EndpointSpec(name="score", path="/v1/score", method="POST", timeout_ms=5000),
            EndpointSpec(name="retrain", path="/v1/retrain", method="POST", timeout_ms=5000),
        )

    @property
    def operations(self) -> dict[str, Operation]:
        """What answers them."""
        return {
            "score": answered_by(self.score, ScoreRequest, ScoreResponse),
            "retrain": answered_by(self.retrain, RetrainRequest, RetrainResponse),
        }

    def score(self, request: ScoreRequest, _call: Call) -> ScoreResponse:
        """Rank by likeness; a doubtful answer of weight is escalated."""
        if not self.known:
            raise NoModelError("nothing was learnt yet")
        chances = [self._likeness(each) for each in request.candidates]
        order = sorted(range(len(chances)), key=lambda at: -chances[at])
        doubtful = request.criticality > 0.8
        return ScoreResponse(
            decision_id="d",
            trace_id=new_trace_id(),
            confidence=min(1.0, chances[order[0]]),
            escalations=("e1",) if doubtful else (),
            model_version="1",
            ranking=tuple(
                ScoredLink(
                    index=at,
                    **request.candidates[at].model_dump(),
                    score=chances[at],
                    confidence=min(1.0, chances[at]),
                    deviation=0.1,
                    factors={},
                )
                for at in order
            ),
        )

    def retrain(self, request: RetrainRequest, _call: Call) -> RetrainResponse:
        """Remember who supplies whom."""
        for each in request.links if self.learns else ():
            if each.relation == "SUPPLIES":
                self.known.setdefault(each.object, set()).add(each.subject)
                self.dealt.setdefault(each.subject, set()).add(each.object)
        return RetrainResponse(
            decision_id="t",
            trace_id=new_trace_id(),
            confidence=1.0,
            run_id="r",
            outcome="completed",
            epochs=1,
            model_version="1",
            promoted=self.learns,
            reasons=("likeness was measured",),
            metrics={},
        )

    def _likeness(self, link: Candidate) -> float:
        """Return how alike the seller and those who supply the buyer are, by cosine."""
        own = self.dealt.get(link.subject, set())
        others = [self.dealt[each] for each in self.known.get(link.object, set())]
        near = [len(own & each) / (len(own) * len(each)) ** 0.5 for each in others if own]
        return sum(near) / len(near) if near else 0.0
