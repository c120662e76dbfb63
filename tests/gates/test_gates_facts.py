"""What an agent's schema promises, as gates look for it."""

from generators.engine.gates.facts import UnitFacts, agent_facts
from generators.engine.model.ruling import compile_ruling
from tests.unit.engine.collection_builder import load, schema

SCHEMA = schema(
    governance={
        "anchors": ["Igor"],
        "auditscope": ["model_loading"],
        "complianceauditor": "L9/governance/audit.py",
        "escalationpolicy": "Escalate if: lost OR stale, drift > 0.1",
    },
    memorytopology={
        "workingmemory": {"storagetype": "redis", "purpose": "TTL=1hr", "keyspace": "probe:*"},
        "longtermpersistence": {"storagetype": "s3", "purpose": "All.", "retention": "indefinite"},
    },
    learningsystem={
        "cognitivegrowthvector": {"stabilitythreshold": 0.02, "optimizationtarget": "efficiency"},
        "autonomyprofile": {
            "mode": "controlled_autonomy",
            "tasklimit": "100_parallel",
            "escalationtriggers": ["drift_> 0_1"],
        },
    },
    reasoningengine={"reasoningfeedbackloop": {"retrainintervalhours": 168}},
    deployment={
        "endpoints": [
            {"name": "score", "path": "/probe/v6/score", "method": "POST", "timeout_ms": 500}
        ],
        "telemetry": {"metrics": ["latency_ms"]},
    },
)


def facts() -> UnitFacts:
    agent = load(SCHEMA).collection.agent("probe")
    return agent_facts(agent, compile_ruling(agent), links=("L9.core.governance",))


def test_governance_memory_and_links_are_taken_over() -> None:
    found = facts()
    assert found.anchors == ("Igor",)
    assert found.audit_scope == ("model_loading",)
    assert found.compliance_auditor == "L9/governance/audit.py"
    assert found.links == ("L9.core.governance",)
    assert found.layers == ("working", "archive")
    assert found.metrics == ("latency_ms",)
    assert [endpoint.name for endpoint in found.endpoints] == ["score"]
    assert [rule.expression for rule in found.rules] == [
        "lost || stale",
        "drift > 0.1",
        "drift > 0.1",
    ]


def test_each_declared_behaviour_is_a_promise() -> None:
    both = ("positive", "negative")
    assert [(p.kind, p.name, p.words, p.needs) for p in facts().promises] == [
        ("endpoint", "score", ("score", "/probe/v6/score"), both),
        ("rule", "R-probe-01", ("R-probe-01",), both),
        ("rule", "R-probe-02", ("R-probe-02", "R-probe-03"), both),
        ("rule", "R-probe-03", ("R-probe-02", "R-probe-03"), both),
        ("memory layer", "working", ("working",), both),
        ("memory layer", "archive", ("archive",), both),
        ("metric", "latency_ms", ("latency_ms",), ("positive",)),
    ]


def test_documents_must_show_the_figures_of_the_schema() -> None:
    assert [(f.stem, f.label, f.texts) for f in facts().figures] == [
        ("API_SPEC", "path of score", ("/probe/v6/score",)),
        ("API_SPEC", "time-out of score", ("500",)),
        ("AUTONOMYRULES", "anchor", ("Igor",)),
        ("AUTONOMYRULES", "R-probe-01", ("lost || stale", "lost \\|\\| stale")),
        ("AUTONOMYRULES", "R-probe-02", ("drift > 0.1",)),
        ("AUTONOMYRULES", "R-probe-03", ("drift > 0.1",)),
        ("AUTONOMYRULES", "task limit", ("100",)),
        ("TRAINING", "retraining interval", ("168",)),
        ("TRAINING", "stability threshold", ("0.02",)),
    ]


def test_a_schema_that_says_nothing_promises_nothing() -> None:
    agent = load(schema()).collection.agent("probe")
    found = agent_facts(agent, compile_ruling(agent))
    assert found.promises == ()
    assert [(f.stem, f.label) for f in found.figures] == [("AUTONOMYRULES", "anchor")]
    assert found.links == ()
