"""Requests become trainings, trainings become candidates, and people hear of failures."""

from dataclasses import replace

import pytest
from agent_runtime.datasets.archiving import archive_dataset, archived_dataset
from agent_runtime.datasets.ingestion import Ingestion, IngestionPlan
from agent_runtime.datasets.ledger import OutcomeLedger
from agent_runtime.datasets.prepared import prepare_dataset
from agent_runtime.datasets.quality import QualityLimits
from agent_runtime.errors import InputBoundsError
from agent_runtime.examples import example_of
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.kernels.search import IntParameter
from agent_runtime.memory.topology import ArchiveSpec, MemoryTopology, SemanticSpec
from agent_runtime.rules import Rule
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.status import StatusResponse
from agent_runtime.shapes.trainings import TrainingRequest, TrainingStatusRequest
from agent_runtime.signals import Signal
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_links import market
from agent_runtime.testing_outcomes import outcome_documents
from agent_runtime.training import TrainingLimits
from agent_runtime.trainingjobs.desk import TrainingDesk, TrainingPlan
from agent_runtime.trainingjobs.lineage import INFLUENCES, model_uid, note_succession
from agent_runtime.trainingjobs.orders import SearchPlan
from agent_runtime.trainingjobs.runner import JobLimits

PATIENCE = 120.0
CALL = Call(trace_id=TRACE)
STANDING = StatusResponse.model_validate({**example_of(StatusResponse), "trace_id": TRACE})
COUNT = len(market().all_triples)
TOPOLOGY = MemoryTopology(
    agent="trainer", archive=ArchiveSpec(prefix="trainer"), semantic=SemanticSpec()
)
PLAN = TrainingPlan(
    audit_event="training_job_execution",
    failures=("training_job_fails",),
    config=FactorizationConfig(rank=4),
    training=TrainingLimits(max_epochs=2, evaluate_every=1),
    search=SearchPlan(
        space=(IntParameter(name="rank", low=2, high=4),), trials=2, seconds=60.0, epochs=1
    ),
    jobs=JobLimits(parallel=2, waiting=2, seconds=120.0, memory_bytes=4 * 1024**3),
)
INGESTION = IngestionPlan(
    topics=(), consumer="c", audit_event="data", issue_events=(), score_signals=(),
    limits=QualityLimits(),
)  # fmt: skip


class Surroundings:
    """What a trainer's other modules offer, over the real stores of a bench."""

    def __init__(self, root):
        rule = Rule(
            rule_id="R-1", expression="training_job_fails", signals=("training_job_fails",),
            target=None, kind="policy", severity="high", source="s", text="t",
        )  # fmt: skip
        self.bench = AgentBench(
            root, agent="trainer", topology=TOPOLOGY, rules=(rule,),
            signals=(Signal("training_job_fails", unit="bool"),),
        )  # fmt: skip
        self.graph = self.bench.layers.require_semantic()
        self.ledger = OutcomeLedger(root / "outcomes.db", self.bench.clock)
        self.ingestion = Ingestion(INGESTION, self.ledger, self)

    def audit(self, action, subject, detail, trace_id):
        self.bench.audit.append(
            action, actor="trainer", subject=subject, detail=detail, trace_id=trace_id
        )

    def observe_all(self, values, *, subject, trace_id):
        return self.bench.governance.observe(values, subject=subject, trace_id=trace_id)

    def permit(self, decision, *, subject, token, trace_id):
        return self.bench.governance.authorise_internal(
            decision, token=token, subject=subject, trace_id=trace_id
        )

    def assess(self, subject, *, domain, trace_id):
        return self.ingestion.assess(domain=domain, subject=subject, trace_id=trace_id)

    def prepare(self, records, *, seed):
        dataset = prepare_dataset(records, seed=seed)
        archive_dataset(self, dataset)
        return dataset

    def archived(self, key):
        if len(key) == 64:
            return archived_dataset(self, key)
        return self.bench.layers.require_archive().get(key)

    def archive(self, key, data):
        return self.bench.layers.require_archive().put(key, data)

    def link_entities(self, source, target, *, relation, properties):
        self.graph.merge_node("domain_entity", source)
        self.graph.merge_node("domain_entity", target)
        return self.graph.merge_edge(relation, source, target, properties)


@pytest.fixture
def around(tmp_path):
    return Surroundings(tmp_path)


def desk_of(around, root, plan=PLAN, *, lineage=True):
    desk = TrainingDesk(
        plan, root / "trainings", around, around, around,
        lineage=around if lineage else None, clock=around.bench.clock,
    )  # fmt: skip
    desk.start()
    return desk


@pytest.fixture
def desk(around, tmp_path):
    desk = desk_of(around, tmp_path)
    yield desk
    desk.close()


def fed(around, count=COUNT, domain="PlastOS"):
    documents = outcome_documents(count, at=around.bench.clock(), domain=domain)
    around.ingestion.take(documents, source="adapter", trace_id=TRACE)


def test_a_request_becomes_a_training_and_that_a_candidate(around, desk):
    fed(around)
    accepted = desk.accept(TrainingRequest(reason="weekly", tune=False, seed=3), CALL)
    assert (accepted.records, accepted.confidence, accepted.trace_id) == (COUNT, 1.0, TRACE)
    assert desk.wait(PATIENCE)
    (job,) = desk.status(TrainingStatusRequest(), CALL, STANDING).jobs
    assert (job.job_id, job.state, job.reason) == (accepted.job_id, "succeeded", "weekly")
    candidate = desk.candidate(accepted.job_id)
    assert candidate.dataset.digest == accepted.dataset == candidate.bundle.data_digest
    assert candidate.dataset.lineage.seed == 3
    assert candidate.bundle.digest == job.model
    assert candidate.bundle.metrics == job.metrics


def test_the_graph_says_what_a_model_came_from(around, desk):
    fed(around)
    accepted = desk.accept(TrainingRequest(), CALL)
    assert desk.wait(PATIENCE)
    (job,) = desk.status(TrainingStatusRequest(job_id=accepted.job_id), CALL, STANDING).jobs
    edges = {edge.source: edge for edge, _ in around.graph.neighbours(f"training:{job.job_id}")}
    assert edges[f"dataset:{accepted.dataset}"].properties["as"] == "training_data"
    made = edges[f"training:{job.job_id}"]
    assert (made.edge_type, made.target) == (INFLUENCES, model_uid(job.model))
    assert made.properties["test_mrr"] == job.metrics["test_mrr"]


def test_a_succession_is_one_relation_and_none_to_itself(around):
    note_succession(around, None, "b", why="promoted", trace_id=TRACE)
    note_succession(around, "b", "b", why="promoted", trace_id=TRACE)
    assert around.graph.node("model:b") is None
    note_succession(around, "a", "b", why="promoted", trace_id=TRACE)
    ((edge, node),) = around.graph.neighbours("model:a")
    assert (edge.properties["as"], node.uid) == ("promoted", "model:b")


def test_both_ends_of_a_training_are_audited(around, desk):
    fed(around)
    accepted = desk.accept(TrainingRequest(tune=False), CALL)
    assert desk.wait(PATIENCE)
    found = [each for each in around.bench.audit.records() if each.action == PLAN.audit_event]
    assert [each.detail["state"] for each in found] == ["queued", "succeeded"]
    assert {each.subject for each in found} == {accepted.job_id}
    assert {each.trace_id for each in found} == {TRACE}


def test_only_outcomes_of_the_domain_are_learnt(around, desk):
    fed(around)
    fed(around, 9, domain="elsewhere")
    accepted = desk.accept(TrainingRequest(domain="PlastOS", tune=False), CALL)
    assert accepted.records == COUNT
    assert desk.accept(TrainingRequest(tune=False), CALL).records == COUNT + 9


def test_a_failed_training_reaches_people_and_makes_no_candidate(around, desk):
    fed(around, 3)
    accepted = desk.accept(TrainingRequest(), CALL)
    assert desk.wait(PATIENCE)
    (waiting,) = around.bench.escalations.pending()
    assert (waiting.subject, waiting.condition) == (accepted.job_id, "training_job_fails")
    with pytest.raises(InputBoundsError, match="it failed"):
        desk.candidate(accepted.job_id)


def test_without_signals_and_graph_trainings_run_as_well(around, tmp_path):
    desk = desk_of(around, tmp_path, replace(PLAN, failures=(), search=None), lineage=False)
    fed(around, 3)
    desk.accept(TrainingRequest(), CALL)
    assert desk.wait(PATIENCE)
    assert around.bench.escalations.pending() == ()
    fed(around)
    accepted = desk.accept(TrainingRequest(), CALL)
    assert desk.wait(PATIENCE)
    assert desk.candidate(accepted.job_id).job_id == accepted.job_id
    desk.close()


def test_poor_data_is_not_trained_on(around, desk):
    fed(around, 30)
    around.ingestion.take([{}] * 30, source="adapter", trace_id=TRACE)
    with pytest.raises(InputBoundsError, match=r"cannot be trained on: quality 0\.500"):
        desk.accept(TrainingRequest(), CALL)
    assert desk.status(TrainingStatusRequest(), CALL, STANDING).jobs == ()


def test_without_outcomes_nothing_is_queued(desk):
    with pytest.raises(InputBoundsError, match="no outcomes"):
        desk.accept(TrainingRequest(), CALL)


def test_a_training_nobody_knows_has_no_state(desk):
    with pytest.raises(InputBoundsError, match="no training 'x'"):
        desk.status(TrainingStatusRequest(job_id="x"), CALL, STANDING)
