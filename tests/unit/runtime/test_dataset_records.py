"""Reported outcomes are checked once, kept once, and judged by figures that can be recomputed."""

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.datasets.ledger import IngestionCounts, OutcomeLedger
from agent_runtime.datasets.quality import QualityLimits, assess_quality
from agent_runtime.datasets.records import outcome_documents, read_outcome, record_digest
from agent_runtime.errors import InputBoundsError

GOOD = {
    "record_id": "t-1",
    "subject": "acme",
    "relation": "buys_from",
    "object": "polyco",
    "succeeded": True,
    "occurred_at": 1_700_000_000,
}


def record(**changes):
    return read_outcome({**GOOD, **changes}, source="adapter")


class TestReading:
    def test_a_record_is_read_and_written_back_alike(self):
        found = record(domain="plastics", measures={"price": 12})
        assert read_outcome(found.to_json(), source="adapter") == found
        assert (found.link, found.measures) == (("acme", "buys_from", "polyco"), {"price": 12.0})

    def test_an_iso_time_is_the_same_moment(self):
        assert record(occurred_at="2023-11-14T22:13:20+00:00").occurred_at == 1_700_000_000.0

    def test_fields_beyond_the_contract_are_left_out(self):
        assert record(margin="secret") == record()

    def test_the_digest_of_a_set_does_not_depend_on_its_order(self):
        one, two = record(), record(record_id="t-2")
        assert record_digest([one, two]) == record_digest([two, one]) != record_digest([one])

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"subject": None}, "lacks subject"),
            ({"subject": "", "object": None}, "lacks object"),
            ({"record_id": ""}, "record_id must be a text of 1 to 200"),
            ({"record_id": "x" * 201}, "record_id must be a text of 1 to 200"),
            ({"record_id": 7}, "record_id must be a text"),
            ({"succeeded": 1}, "succeeded must be true or false"),
            ({"subject": " acme"}, "outer blanks"),
            ({"occurred_at": "yesterday"}, "no ISO 8601 time"),
            ({"occurred_at": "2023-11-14T22:13:20"}, "names no time zone"),
            ({"occurred_at": float("nan")}, "must be a finite number"),
            ({"occurred_at": True}, "must be a finite number"),
            ({"measures": [1]}, "measures must be an object"),
            ({"measures": {f"m{n}": 1 for n in range(33)}}, "at most 32 numbers"),
            ({"measures": {"price": "dear"}}, "measure price must be a finite number"),
        ],
    )
    def test_an_unusable_outcome_is_refused_with_its_reason(self, changes, message):
        with pytest.raises(InputBoundsError, match=message):
            record(**changes)

    def test_what_is_no_object_is_refused(self):
        with pytest.raises(InputBoundsError, match="a JSON object, not list"):
            read_outcome([1], source="adapter")

    @pytest.mark.parametrize(
        ("result", "found"),
        [
            ([1, 2], (1, 2)),
            ({"outcomes": [1]}, (1,)),
            ({"records": [3]}, (3,)),
            ({"outcomes": 5}, ({"outcomes": 5},)),
            (GOOD, (GOOD,)),
            (None, (None,)),
        ],
    )
    def test_the_result_of_an_event_holds_one_or_many(self, result, found):
        assert outcome_documents(result) == found


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def ledger(tmp_path, clock):
    ledger = OutcomeLedger(tmp_path / "outcomes.db", clock)
    yield ledger
    ledger.close()


class TestLedger:
    def test_an_outcome_is_kept_once(self, ledger):
        assert ledger.take(record())
        assert not ledger.take(record())
        assert ledger.records() == (record(),)
        assert ledger.counts() == IngestionCounts(taken=1, repeated=1, refused=0)

    def test_another_outcome_under_a_known_id_is_refused(self, ledger):
        ledger.take(record())
        with pytest.raises(InputBoundsError, match="reported another outcome as t-1 before"):
            ledger.take(record(succeeded=False))
        assert ledger.records() == (record(),)
        assert ledger.counts().repeated == 0

    def test_two_sources_may_use_the_same_id(self, ledger):
        assert ledger.take(record())
        assert ledger.take(read_outcome({**GOOD, "succeeded": False}, source="other"))
        assert [each.source for each in ledger.records()] == ["adapter", "other"]

    def test_records_are_chosen_by_age_and_domain(self, ledger, clock):
        ledger.take(record(record_id="old", occurred_at=clock() - 2 * 86_400, domain="a"))
        ledger.take(record(record_id="new", occurred_at=clock() - 86_400, domain="b"))
        assert [each.record_id for each in ledger.records(days=1)] == ["new"]
        assert [each.record_id for each in ledger.records(days=2)] == ["new", "old"]
        assert [each.record_id for each in ledger.records(domain="a")] == ["old"]

    def test_what_was_taken_in_after_a_moment_is_found(self, ledger, clock):
        ledger.take(record())
        moment = clock()
        clock.advance(1)
        ledger.take(record(record_id="t-2"))
        assert [each.record_id for each in ledger.taken_after(moment)] == ["t-2"]

    def test_the_position_of_a_pull_survives(self, ledger, tmp_path, clock):
        assert ledger.cursor("adapter") == ""
        ledger.advance("adapter", "page-2")
        ledger.advance("adapter", "page-3")
        again = OutcomeLedger(tmp_path / "outcomes.db", clock)
        assert again.cursor("adapter") == "page-3"
        again.close()


def many(count, *, failed=0, **changes):
    return [
        record(
            record_id=f"t-{n}",
            occurred_at=float(n),
            succeeded=n >= failed,
            measures={"price": 10.0 + n % 5},
            **changes,
        )
        for n in range(count)
    ]


FAR = record(record_id="far", occurred_at=99.0, measures={"price": 1e6})


class TestQuality:
    def test_flawless_data_scores_1(self):
        report = assess_quality(many(40, failed=10), limits=QualityLimits(least_minority=0.25))
        assert (report.score, report.issues) == (1.0, ())
        assert report.figures() == {
            "records": 40.0,
            "completeness": 1.0,
            "duplicate_share": 0.0,
            "outlier_share": 0.0,
            "minority_share": 0.25,
            "score": 1.0,
        }

    def test_just_the_limit_is_good_enough_and_a_little_less_is_not(self):
        assert assess_quality(many(90), refused=10, limits=QualityLimits()).issues == ()
        report = assess_quality(many(89), refused=11, limits=QualityLimits())
        assert report.completeness == pytest.approx(0.89)
        assert report.issues[0].startswith("quality 0.890 is below 0.9: 89.0% of reports complete")

    def test_the_same_outcome_under_other_ids_is_a_duplicate(self):
        copies = [record(record_id=f"c-{n}", occurred_at=0.0) for n in range(10)]
        report = assess_quality(many(30) + copies, limits=QualityLimits())
        assert report.duplicate_share == pytest.approx(10 / 40)
        assert report.score == pytest.approx(0.75)

    def test_a_figure_far_from_the_others_is_an_outlier(self):
        rows = [*many(39), FAR]
        assert assess_quality(rows, limits=QualityLimits()).outlier_share == pytest.approx(1 / 40)

    def test_few_figures_and_constant_ones_have_no_outliers(self):
        few = [*many(18), FAR]
        assert assess_quality(few, limits=QualityLimits()).outlier_share == 0.0
        flat = [
            record(record_id=f"{n}", occurred_at=n, measures={"x": float(n == 0)})
            for n in range(30)
        ]
        assert assess_quality(flat, limits=QualityLimits()).outlier_share == 0.0

    def test_too_few_of_the_rarer_label_is_an_issue_once_there_is_enough_to_tell(self):
        limits = QualityLimits(least_minority=0.1)
        assert assess_quality(many(20, failed=1), limits=limits).issues == (
            "the rarer label makes up 5.0%, below 10.0%",
        )
        assert assess_quality(many(20, failed=18), limits=limits).issues == ()
        assert assess_quality(many(19, failed=1), limits=limits).issues == ()

    def test_nothing_cannot_be_assessed(self):
        with pytest.raises(InputBoundsError, match="no outcomes to assess"):
            assess_quality([], limits=QualityLimits())
        with pytest.raises(InputBoundsError, match="no outcomes to assess"):
            assess_quality(many(1), refused=-1, limits=QualityLimits())

    def test_impossible_limits_are_refused(self):
        with pytest.raises(InputBoundsError, match="least quality score"):
            QualityLimits(least_score=1.1)
        with pytest.raises(InputBoundsError, match="rarer label"):
            QualityLimits(least_minority=0.6)
