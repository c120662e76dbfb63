"""Cases, verdicts and drafts for the tests of reasoning and feedback."""

from agent_runtime.observations import CandidatePair
from agent_runtime.reasoning.case import Case, Draft, TensorResults, Verdict
from agent_runtime.reasoning.contracts import GovernanceStatus, Outcome
from agent_runtime.reasoning.synthesis import Synthesizer
from agent_runtime.shapes.links import ScoredLink
from agent_runtime.testing import TRACE


def case(count: int = 3, *, domain: str = "PlastOS", **fields: object) -> Case:
    values: dict[str, object] = {
        "packet_id": "p-1",
        "trace_id": TRACE,
        "packet_type": "transaction_batch",
        "source": "plastos_adapter",
        "domain": domain,
        "transaction": {"deal": 1},
        "candidates": tuple(CandidatePair("b", "BUYS", f"s{n}") for n in range(count)),
    }
    return Case(**{**values, **fields})


def tensors(*chances: float, deviation: float = 0.1, **fields: object) -> TensorResults:
    links = tuple(
        ScoredLink(
            index=n,
            subject="b",
            relation="BUYS",
            object=f"s{n}",
            score=chance,
            confidence=chance,
            deviation=deviation,
            factors={},
        )
        for n, chance in enumerate(chances)
    )
    return TensorResults(links=links, model_version="m1", **fields)


def verdict(mode: str, *support: float, confidence: float = 1.0, **fields: object) -> Verdict:
    return Verdict(mode=mode, support=support, confidence=confidence, **fields)


def draft(*verdicts: Verdict, **fields: object) -> Draft:
    count = len(verdicts[0].support)
    return Synthesizer().combine(case(count, **fields), verdicts)


def outcome(decision_id: str, status: GovernanceStatus = "proceeded", at: float = 0.0) -> Outcome:
    return Outcome(decision_id=decision_id, governance_status=status, decided_at=at)
