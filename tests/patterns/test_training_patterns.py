"""What the patterns of a trainer take from schema and glue, and what they refuse."""

import pytest

from generators.engine.patterns.refusal import RefusalError
from generators.patterns.observed import observed_topics
from tests.patterns.test_bridge_params import context, params

OBSERVED = {
    "wirings": [
        {
            "from_agent": "probe",
            "to_agent": "shop",
            "connection_type": "event_observe",
            "event_subscriptions": ["report_outcome", "report_outcome", "sell"],
        },
        {"from_agent": "probe", "to_agent": "shop", "connection_type": "api_call"},
        {
            "from_agent": "other",
            "to_agent": "shop",
            "connection_type": "event_observe",
            "event_subscriptions": ["report_outcome"],
        },
    ]
}


def governed(*scope, **more):
    return {
        "anchors": ["Igor"],
        "mode": "hybrid",
        "humanoverride": True,
        "escalationpolicy": "Escalate when:\n- data_quality < 0.8",
        "auditscope": list(scope),
        **more,
    }


class TestObserved:
    def test_the_topics_of_wired_events_are_listed_once(self):
        of = context("data_ingestion_agent", glue=OBSERVED)
        assert observed_topics(of, "outcome", "feedback") == ("events.shop.report_outcome",)

    def test_without_a_wiring_nothing_is_observed(self):
        assert observed_topics(context("data_ingestion_agent", glue={}), "outcome") == ()


class TestDataIngestion:
    def test_the_least_quality_is_that_of_the_rule(self):
        of = context(
            "data_ingestion_agent",
            glue=OBSERVED,
            roles=["governance_bridge"],
            governance=governed("data_ingestion_events"),
        )
        given = params(of)
        assert (given["least_score"], given["scores"]) == (0.8, ["data_quality"])
        assert given["topics"] == ["events.shop.report_outcome"]

    def test_without_a_rule_the_usual_quality_is_demanded(self):
        of = context(
            "data_ingestion_agent",
            roles=["governance_bridge"],
            governance=governed(
                "data_ingestion_events", escalationpolicy="Escalate when:\n- fire > 1"
            ),
        )
        given = params(of)
        assert (given["least_score"], given["told"]) == (0.9, False)

    def test_ingestion_that_is_not_audited_is_refused(self):
        of = context(
            "data_ingestion_agent", roles=["governance_bridge"], governance=governed("other")
        )
        with pytest.raises(RefusalError, match="does not name the event of data taken in"):
            params(of)


class TestDataNormalizer:
    def test_without_an_archive_no_dataset_can_be_kept(self):
        of = context("data_normalizer", roles=["memory_bridge"], memorytopology={})
        with pytest.raises(RefusalError, match="datasets could not be kept"):
            params(of)


class TestAccuracyEvaluator:
    def test_without_a_rule_about_drops_nobody_is_told(self):
        of = context(
            "accuracy_evaluator",
            roles=["governance_bridge"],
            governance=governed("model_validation_results"),
        )
        given = params(of)
        assert (given["drops"], given["told"]) == ([], False)

    def test_results_that_are_not_audited_are_refused(self):
        of = context(
            "accuracy_evaluator", roles=["governance_bridge"], governance=governed("other")
        )
        with pytest.raises(RefusalError, match="event of a validated model"):
            params(of)


class TestTrainings:
    @pytest.mark.parametrize(
        ("pattern", "message"),
        [
            ("training_job_runner", "event of a training"),
            ("model_promoter", "event of a promotion"),
            ("rollback_handler", "event of a rollback"),
        ],
    )
    def test_what_is_not_audited_is_refused(self, pattern, message):
        with pytest.raises(RefusalError, match=message):
            params(context(pattern, governance=governed("other")))

    def test_a_promoter_needs_an_archive(self):
        of = context(
            "model_promoter", governance=governed("promotion_decisions"), memorytopology={}
        )
        with pytest.raises(RefusalError, match="could not be kept"):
            params(of)


class TestDocuments:
    @pytest.mark.parametrize(
        ("pattern", "message"),
        [("doc_data_spec", "takes outcomes in"), ("doc_training_pipeline", "runs trainings")],
    )
    def test_a_document_about_nothing_is_refused(self, pattern, message):
        with pytest.raises(RefusalError, match=message):
            params(context(pattern))
