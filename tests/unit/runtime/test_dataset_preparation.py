"""Outcomes become reproducible datasets, and come in once, whether pushed or pulled."""

import json
from dataclasses import replace

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.datasets.archiving import archive_dataset, archived_dataset
from agent_runtime.datasets.ingestion import Ingestion, IngestionPlan, OutcomePage
from agent_runtime.datasets.ledger import SECONDS_A_DAY, IngestionCounts, OutcomeLedger
from agent_runtime.datasets.prepared import PreparedDataset, Scaling, clean, prepare_dataset
from agent_runtime.datasets.quality import QualityLimits
from agent_runtime.datasets.records import read_outcome
from agent_runtime.errors import InputBoundsError, ModelStoreError
from agent_runtime.events import new_event
from agent_runtime.memory.topology import ArchiveSpec, MemoryTopology
from agent_runtime.rules import Rule
from agent_runtime.signals import Signal
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_links import market


def outcome(n, link, *, succeeded=True, at=None, price=None):
    subject, relation, obj = link
    document = {
        "record_id": f"t-{n:05d}",
        "subject": subject,
        "relation": relation,
        "object": obj,
        "succeeded": succeeded,
        "occurred_at": float(n if at is None else at),
    }
    if price is not None:
        document["measures"] = {"price": price}
    return read_outcome(document, source="adapter")


LINKS = market().all_triples
RECORDS = [outcome(n, link, price=float(n % 7)) for n, link in enumerate(LINKS)]


class TestPreparation:
    def test_the_same_records_give_the_same_bytes_in_any_order(self):
        shuffled = RECORDS[7:] + RECORDS[6::-1]
        one, two = prepare_dataset(RECORDS), prepare_dataset(shuffled)
        assert one.to_bytes() == two.to_bytes()
        assert one.digest == two.digest != prepare_dataset(RECORDS, seed=1).digest

    def test_what_was_written_is_read_back(self):
        dataset = prepare_dataset(RECORDS)
        again = PreparedDataset.from_bytes(dataset.to_bytes())
        assert again == dataset
        assert again.digest == dataset.digest

    def test_every_link_lands_in_one_part(self):
        dataset = prepare_dataset(RECORDS)
        assert sorted(dataset.links.all_triples) == sorted(LINKS)
        assert min(len(dataset.links.valid), len(dataset.links.test)) > 5

    def test_the_lineage_says_where_it_comes_from(self):
        lineage = prepare_dataset(RECORDS, seed=3).lineage
        assert (lineage.records, lineage.sources) == (len(LINKS), {"adapter": len(LINKS)})
        assert (lineage.earliest, lineage.latest) == (0.0, len(LINKS) - 1.0)
        assert (lineage.superseded, lineage.seed) == (0, 3)

    def test_of_several_outcomes_of_a_link_the_last_counts(self):
        gone = outcome(9000, LINKS[0], succeeded=False)
        dataset = prepare_dataset([*RECORDS, gone])
        assert LINKS[0] not in dataset.links.all_triples
        assert dataset.rejected == (LINKS[0],)
        assert dataset.lineage.superseded == 1
        back = prepare_dataset([*RECORDS, gone, outcome(9001, LINKS[0])])
        assert LINKS[0] in back.links.all_triples
        assert back.rejected == ()

    def test_a_rejected_link_between_strangers_is_left_out(self):
        stranger = outcome(9000, ("nobody", LINKS[0][1], "noone"), succeeded=False)
        other = outcome(9001, (LINKS[0][0], "unheard_of", LINKS[0][2]), succeeded=False)
        assert prepare_dataset([*RECORDS, stranger, other]).rejected == ()

    def test_names_get_one_spelling(self):
        found = clean(outcome(1, ("Cafe\u0301  Nord", "buys_from", "polyco")))
        assert found.link == ("Caf\u00e9 Nord", "buys_from", "polyco")

    def test_scaling_is_by_median_and_quartiles_of_the_training_part(self):
        dataset = prepare_dataset(RECORDS)
        trained = [each for each in RECORDS if each.link in set(dataset.links.train)]
        prices = sorted(each.measures["price"] for each in trained)
        assert dataset.scaling["price"].centre == prices[len(prices) // 2]
        assert dataset.scaled(outcome(1, LINKS[0], price=dataset.scaling["price"].centre)) == {
            "price": 0.0
        }
        assert Scaling(centre=2.0, spread=4.0).apply(10.0) == 2.0

    def test_a_measure_that_hardly_varies_is_scaled_by_its_deviation_and_a_constant_is_not(self):
        odd = prepare_dataset(RECORDS).links.train[0]
        rare = [outcome(n, link, price=float(link == odd)) for n, link in enumerate(LINKS)]
        share = 1 / len(prepare_dataset(RECORDS).links.train)
        deviation = (share * (1 - share)) ** 0.5
        assert prepare_dataset(rare).scaling["price"].centre == 0.0
        assert prepare_dataset(rare).scaling["price"].spread == pytest.approx(deviation)
        flat = [outcome(n, link, price=1.0) for n, link in enumerate(LINKS)]
        assert prepare_dataset(flat).scaling == {}

    def test_a_measure_that_was_not_scaled_for_training_is_left_out(self):
        assert prepare_dataset([outcome(1, LINKS[0])]).scaled(RECORDS[0]) == {}

    def test_without_a_success_there_is_nothing_to_learn(self):
        with pytest.raises(InputBoundsError, match="no link came about"):
            prepare_dataset([outcome(1, LINKS[0], succeeded=False)])

    @pytest.mark.parametrize("data", [b"{", b"{}", b"[]", b'{"layout": 1, "train": 5}'])
    def test_a_damaged_dataset_is_refused(self, data):
        with pytest.raises(ModelStoreError, match="damaged"):
            PreparedDataset.from_bytes(data)

    def test_another_layout_is_refused(self):
        content = json.loads(prepare_dataset(RECORDS).to_bytes()) | {"layout": 2}
        with pytest.raises(ModelStoreError, match="layout 2 cannot be read"):
            PreparedDataset.from_bytes(json.dumps(content).encode())


PLAN = IngestionPlan(
    topics=("events.adapter.report_outcome",),
    consumer="trainer.outcomes",
    audit_event="data_ingestion_events",
    issue_events=("data_quality_issue_detected",),
    score_signals=("data_quality",),
    limits=QualityLimits(),
)


class Pages:
    """Three pages of two outcomes each, as an adapter would hand them out."""

    name = "adapter"

    def __init__(self):
        self.asked = []

    def outcomes_after(self, position, *, trace_id):
        self.asked.append(position)
        at = int(position or 0)
        rows = [each.to_json() for each in RECORDS[at : at + 2]]
        return OutcomePage(outcomes=tuple(rows), position=str(at + 2) if at < 4 else "")


class Office:
    """Governance as ingestion sees it, over a real bench."""

    def __init__(self, bench):
        self._bench = bench

    def audit(self, action, subject, detail, trace_id):
        self._bench.audit.append(
            action, actor="trainer", subject=subject, detail=detail, trace_id=trace_id
        )

    def observe_all(self, values, *, subject, trace_id):
        return self._bench.governance.observe(values, subject=subject, trace_id=trace_id)


@pytest.fixture
def bench(tmp_path):
    rule = {"kind": "policy", "severity": "high", "source": "s", "text": "t"}
    return AgentBench(
        tmp_path,
        agent="trainer",
        signals=(Signal("data_quality_issue_detected", unit="bool"), Signal("data_quality")),
        rules=(
            Rule(
                rule_id="R-1",
                expression="data_quality_issue_detected",
                signals=("data_quality_issue_detected",),
                target="anchors",
                **rule,
            ),
        ),
    )


@pytest.fixture
def ledger(tmp_path):
    return OutcomeLedger(tmp_path / "outcomes.db", ManualClock())


@pytest.fixture
def ingestion(bench, ledger):
    return Ingestion(PLAN, ledger, Office(bench))


def told(bench, result, event_type="report_outcome", decision="d-1"):
    event = new_event(
        event_type,
        "adapter",
        decision_id=decision,
        confidence=1.0,
        result=result,
        trace_id=TRACE,
        clock=bench.clock,
    )
    bench.bus.publish(event.topic, event.to_json(), key=decision)


class TestIngestion:
    def test_what_an_adapter_pushes_is_taken_in_once(self, bench, ledger, ingestion):
        ingestion.listen(bench.bus)
        told(bench, RECORDS[0].to_json())
        told(bench, {"outcomes": [RECORDS[0].to_json(), RECORDS[1].to_json()]})
        assert bench.bus.pump() == 2
        assert ledger.records() == tuple(RECORDS[:2])
        assert ledger.counts() == IngestionCounts(taken=2, repeated=1, refused=0)
        assert bench.actions() == ["data_ingestion_events"] * 2

    def test_what_came_while_nobody_ran_is_taken_in_later(self, bench, ledger, ingestion):
        ingestion.listen(bench.bus)
        told(bench, RECORDS[0].to_json())
        Ingestion(PLAN, ledger, Office(bench)).listen(bench.bus)
        bench.bus.pump()
        assert ledger.records() == (RECORDS[0],)

    def test_a_refusal_is_counted_and_audited_with_its_reason(self, bench, ledger, ingestion):
        ingestion.listen(bench.bus)
        told(bench, [{"record_id": "x"}, RECORDS[0].to_json()])
        bench.bus.pump()
        assert ledger.counts() == IngestionCounts(taken=1, repeated=0, refused=1)
        refusal = next(iter(bench.audit.records()))
        assert (refusal.subject, refusal.trace_id) == ("adapter", TRACE)
        assert "lacks subject" in refusal.detail["refused"]

    def test_what_is_no_event_is_refused_for_good(self, bench, ledger, ingestion):
        ingestion.listen(bench.bus)
        bench.bus.publish(PLAN.topics[0], {"event_type": "x"}, key="k")
        assert bench.bus.pump() == 1
        assert bench.bus.pump() == 0
        assert bench.bus.dead_letters() == ()
        assert ledger.counts().refused == 1

    def test_pulling_reads_all_pages_and_goes_on_where_it_ended(self, ledger, ingestion):
        pages = Pages()
        assert ingestion.pull(pages, trace_id=TRACE) == IngestionCounts(taken=6)
        assert pages.asked == ["", "2", "4"]
        assert ledger.cursor("adapter") == "4"
        assert ingestion.pull(pages, trace_id=TRACE) == IngestionCounts(repeated=2)
        assert ledger.records() == tuple(RECORDS[:6])

    def test_a_source_that_stands_still_does_not_hold_the_pull(self, ingestion):
        class Stuck(Pages):
            def outcomes_after(self, position, *, trace_id):
                self.asked.append(position)
                return OutcomePage(outcomes=(), position="1")

        stuck = Stuck()
        ingestion.pull(stuck, trace_id=TRACE)
        assert stuck.asked == ["", "1"]

    def test_good_data_passes_and_poor_data_reaches_people(self, bench, ingestion):
        ingestion.take([each.to_json() for each in RECORDS], source="adapter", trace_id=TRACE)
        found = ingestion.assess(subject="d", trace_id=TRACE)
        assert (found.records, found.report.issues, found.raised) == (tuple(RECORDS), (), ())
        ingestion.take([{}] * len(RECORDS), source="adapter", trace_id=TRACE)
        found = ingestion.assess(subject="d", trace_id=TRACE)
        assert found.report.score == pytest.approx(0.5)
        assert [each.condition for each in found.raised] == ["data_quality_issue_detected"]
        assert bench.escalations.pending() == found.raised

    def test_refusals_of_another_time_do_not_count_against_the_data(self, tmp_path, bench):
        clock = ManualClock(start=0.0)
        ledger = OutcomeLedger(tmp_path / "later.db", clock)
        ingestion = Ingestion(PLAN, ledger, Office(bench))
        ingestion.take([{}] * 9, source="adapter", trace_id=TRACE)
        clock.advance(10 * SECONDS_A_DAY)
        late = [outcome(n, link, at=clock()).to_json() for n, link in enumerate(LINKS)]
        ingestion.take([*late, {}], source="adapter", trace_id=TRACE)
        count = len(LINKS)
        week = ingestion.assess(days=7, subject="d", trace_id=TRACE)
        assert week.report.completeness == pytest.approx(count / (count + 1))
        ever = ingestion.assess(subject="d", trace_id=TRACE)
        assert ever.report.completeness == pytest.approx(count / (count + 10))

    def test_refusals_of_agents_that_serve_another_domain_do_not_count(self, ledger, ingestion):
        here = {**RECORDS[0].to_json(), "domain": "PlastOS"}
        ingestion.take([here, {}], source="adapter", trace_id=TRACE)
        ingestion.take([{}] * 9, source="stranger", trace_id=TRACE)
        found = ingestion.assess(domain="PlastOS", subject="d", trace_id=TRACE)
        assert (found.report.records, found.report.completeness) == (1, 0.5)
        assert ledger.refused() == 10
        assert ledger.refused(sources=("stranger",)) == 9

    def test_without_signals_issues_are_only_reported(self, bench, ledger):
        plan = replace(PLAN, issue_events=(), score_signals=())
        quiet = Ingestion(plan, ledger, Office(bench))
        quiet.take([RECORDS[0].to_json(), {}], source="adapter", trace_id=TRACE)
        found = quiet.assess(subject="d", trace_id=TRACE)
        assert (len(found.report.issues), found.raised) == (1, ())


class Shelf:
    """An archive as a memory bridge offers it."""

    def __init__(self, bench):
        self._archive = bench.layers.require_archive()

    def archive(self, key, data):
        return self._archive.put(key, data)

    def archived(self, key):
        return self._archive.get(key)


class TestArchive:
    @pytest.fixture
    def shelf(self, tmp_path):
        topology = MemoryTopology(agent="trainer", archive=ArchiveSpec(prefix="trainer"))
        return Shelf(AgentBench(tmp_path, agent="trainer", topology=topology))

    def test_a_dataset_is_found_again_by_its_digest(self, shelf):
        dataset = prepare_dataset(RECORDS)
        digest = archive_dataset(shelf, dataset)
        assert digest == dataset.digest == archive_dataset(shelf, dataset)
        assert archived_dataset(shelf, digest) == dataset

    def test_a_digest_nobody_archived_is_refused(self, shelf):
        with pytest.raises(InputBoundsError):
            archived_dataset(shelf, "0" * 64)

    def test_other_bytes_under_a_digest_are_refused(self, shelf):
        shelf.archive(f"datasets/{'0' * 64}", prepare_dataset(RECORDS).to_bytes())
        with pytest.raises(ModelStoreError, match="is not what was archived"):
            archived_dataset(shelf, "0" * 64)
