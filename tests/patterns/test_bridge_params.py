"""What memory, world model, event and packet patterns take from a schema, and what they refuse."""

import sys
from types import ModuleType

import pytest
from agent_runtime.memory import ArchiveSpec, CausalSpec, EpisodicSpec, SemanticSpec, WorkingSpec
from agent_runtime.worldmodel import ModelKind

from generators.engine.build.load_library import load_shared_templates
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.plan.unit_texts import render_pattern
from generators.patterns.imports import import_groups, number, text_parts
from tests.patterns.pattern_contexts import META, context, operation, params, pattern_of


def module(of: PatternContext) -> ModuleType:
    """Render the module and run its text."""
    pattern = pattern_of(of.stem)
    header = {
        "summary": "Bridges.",
        "pointer": of.pointer,
        "pattern": pattern.reference,
        "module": of.module,
        "package": of.package,
    }
    text = render_pattern(pattern, "module.py.j2", params(of), header, load_shared_templates())
    made = ModuleType("made")
    sys.modules["made"] = made
    exec(compile(text, "made.py", "exec"), made.__dict__)  # noqa: S102 - the text under test
    return made


def memory(**layers: object) -> PatternContext:
    return context("memory_bridge", memorytopology=layers)


def world(**changes: object) -> PatternContext:
    declared = {
        "activemodels": ["market_dynamics"],
        "dataconnectors": ["feed"],
        "usecases": ["price_check"],
    }
    return context("world_model_bridge", worldmodelintegration={**declared, **changes})


# memory bridge


def test_each_declared_layer_becomes_its_declaration():
    made = module(
        memory(
            workingmemory={
                "storagetype": "redis",
                "keyspace": "probe:w:*",
                "purpose": "TTL = 5 minutes.",
            },
            episodicmemory={
                "storagetype": "pg",
                "retention": "30 days",
                "indexby": ["domain", "trace_id"],
            },
            semanticmemory={
                "storagetype": "neo4j",
                "structure": [
                    {"node_type": "domain_entity", "fields": ["a"]},
                    {"node_type": "material", "fields": ["b"]},
                    {"edge_type": "TRUSTS", "fields": ["c"]},
                ],
            },
            causalmemory={
                "storagetype": "hypergraphdb",
                "schema": [{"factor": "season", "influences": ["price", "season"]}],
            },
            longtermpersistence={"storagetype": "s3", "retention": "1 year"},
        )
    )
    topology = made.TOPOLOGY
    assert topology.agent == "probe"
    assert topology.working == WorkingSpec(
        keyspace="l9_probe:probe:w:*", ttl_seconds=300, purpose="TTL = 5 minutes."
    )
    assert topology.episodic == EpisodicSpec(index_by=("domain", "trace_id"), retention_days=30)
    assert topology.semantic == SemanticSpec(node_types=("material",), edge_types=("TRUSTS",))
    assert topology.causal == CausalSpec(factors={"season": ("price", "season")})
    assert topology.archive == ArchiveSpec(prefix="probe_ecosystem/probe", retention_days=365)
    assert (made.ARCHIVE_ABOVE, made.BATCH_HOURS) == (0.9, 6)


def test_only_declared_layers_have_methods():
    made = module(memory(workingmemory={"storagetype": "redis"}))
    methods = {name for name in vars(made.MemoryBridge) if not name.startswith("_")}
    assert methods == {"cache", "cached", "purge", "remember"}
    assert made.TOPOLOGY.episodic is None
    assert not hasattr(made, "ARCHIVE_ABOVE")


def test_what_a_schema_leaves_open_comes_from_the_meta_template_and_else_from_the_contract():
    assert module(memory(workingmemory={"storagetype": "redis"})).TOPOLOGY.working.ttl_seconds == 90
    of = context(
        "memory_bridge",
        meta={},
        memorytopology={
            "workingmemory": {"storagetype": "redis"},
            "longtermpersistence": {"storagetype": "s3"},
            "episodicmemory": {"storagetype": "pg"},
        },
    )
    made = module(of)
    assert made.TOPOLOGY.working == WorkingSpec(keyspace="probe:working:*", ttl_seconds=3600)
    assert made.TOPOLOGY.archive == ArchiveSpec(prefix="probe")
    assert (made.ARCHIVE_ABOVE, made.BATCH_HOURS) == (0.8, 24)


def test_only_a_declared_influence_upon_another_factor_is_expected_behind_a_decision():
    of = memory(
        causalmemory={"storagetype": "h", "schema": [{"factor": "a", "influences": ["a", "b"]}]}
    )
    causal = params(of)["causal"]
    assert isinstance(causal, dict)
    assert causal["pairs"] == [{"factor": "a", "influenced": "b"}]


def test_hostile_purposes_stay_texts():
    hostile = 'x"""); import os; os.abort() # {{ 1 }} \\N{DIGIT ONE} ' + "y" * 200
    made = module(memory(workingmemory={"storagetype": "redis", "purpose": hostile}))
    assert made.TOPOLOGY.working.purpose == hostile


@pytest.mark.negative
def test_an_agent_without_memory_needs_no_bridge():
    with pytest.raises(RefusalError, match="memorytopology declares no layer") as refusal:
        params(context("memory_bridge"))
    assert "workingmemory" in refusal.value.repair


@pytest.mark.negative
@pytest.mark.parametrize(
    ("layers", "field"),
    [
        (
            {"workingmemory": {"storagetype": "r", "keyspace": "a b:*"}},
            "workingmemory.keyspace 'a b",
        ),
        (
            {"episodicmemory": {"storagetype": "p", "indexby": ["a'b"]}},
            "episodicmemory.indexby \"a'b",
        ),
        (
            {"semanticmemory": {"storagetype": "n", "structure": [{"node_type": "a b"}]}},
            "semanticmemory.structure 'a b'",
        ),
        (
            {"causalmemory": {"storagetype": "h", "schema": [{"factor": "", "influences": []}]}},
            "causalmemory.schema ''",
        ),
        (
            {
                "causalmemory": {
                    "storagetype": "h",
                    "schema": [{"factor": "a", "influences": ["b c"]}],
                }
            },
            "causalmemory.schema 'b c'",
        ),
    ],
)
def test_names_that_no_store_could_hold_are_refused(layers, field):
    with pytest.raises(RefusalError) as refusal:
        params(memory(**layers))
    assert f"memorytopology.{field}" in refusal.value.reason


# world model bridge


@pytest.mark.parametrize(
    ("model", "kinds"),
    [
        ("temporal_trend_model", (ModelKind.TREND,)),
        ("anomaly_pattern_model", (ModelKind.DEVIATION,)),
        ("regional_buyer_preferences", (ModelKind.RANGE,)),
        ("causal_buyer_preference_model", (ModelKind.LEVEL, ModelKind.DEVIATION)),
        ("supply_and_demand", (ModelKind.LEVEL,)),
    ],
)
def test_what_a_model_yields_follows_from_its_name(model, kinds):
    assert module(world(activemodels=[model])).WORLD.models == {model: kinds}


def test_the_window_is_the_temporal_scope_or_a_year():
    assert module(world()).WORLD.window_days == 365
    of = context(
        "world_model_bridge",
        worldmodelintegration={"activemodels": ["m"], "dataconnectors": ["c"], "usecases": ["u"]},
        reasoningengine={"temporalscope": "rolling_180_days"},
    )
    assert module(of).WORLD.window_days == 180


@pytest.mark.negative
@pytest.mark.parametrize("field", ["activemodels", "dataconnectors", "usecases"])
@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([], "is empty"),
        (["two words"], "is no identifier"),
        (["twice", "twice"], "names something twice"),
    ],
)
def test_a_world_that_cannot_be_asked_is_refused(field, names, reason):
    with pytest.raises(RefusalError, match=f"worldmodelintegration.{field} .*{reason}"):
        params(world(**{field: names}))


@pytest.mark.negative
def test_a_use_case_cannot_replace_a_method_of_the_bridge():
    with pytest.raises(RefusalError, match="'observe' is a method that every bridge has"):
        params(world(usecases=["observe"]))


# event publisher


def test_operations_that_decide_are_the_event_types():
    uses = [operation("detect"), operation("status", decides=False), operation("score")]
    of = context("event_publisher", operations=uses)
    made = module(of)
    assert (made.AGENT, made.EVENT_TYPES) == ("probe", ("detect", "score"))
    assert params(of)["topics"] == [
        {"event_type": "detect", "topic": "events.probe.detect"},
        {"event_type": "score", "topic": "events.probe.score"},
    ]
    assert params(of)["fields"] == ["agent", "trace_id"]
    assert params(of)["data_fields"] == ["confidence", "decision_id", "result"]


def test_without_glue_and_meta_the_contract_of_the_runtime_holds():
    of = context("event_publisher", operations=[operation("detect")], meta={}, glue={})
    assert params(of)["topics"] == [{"event_type": "detect", "topic": "events.probe.detect"}]
    assert "timestamp" in params(of)["fields"]


@pytest.mark.negative
def test_a_publisher_with_nothing_to_tell_is_refused():
    with pytest.raises(RefusalError, match="none of them decides anything"):
        params(context("event_publisher", operations=[operation("status", decides=False)]))


# packet handler


def test_endpoints_are_the_packet_types_with_their_time_and_role():
    uses = [operation("detect"), operation("retrain", auth="governance_token")]
    of = context("packet_handler", operations=uses, roles=["governance_bridge"])
    found = params(of)
    types = [(each["name"], each["timeout_ms"], each["role"]) for each in found["types"]]
    assert types == [("detect", 250, None), ("retrain", 250, "governance")]
    assert found["names"] == ["probe", "Probe"]
    assert found["refusals"] == {"missing_field": 400, "invalid_field": 400, "unknown_agent": 410}
    assert found["fields"] == ["packet_id"]
    assert found["metadata"] == ["trace_id", "priority", "governance_flags"]
    assert found["topic"] == "packets.probe"
    assert found["open_type"] == "detect"


@pytest.mark.parametrize("layer", ["workingmemory", "episodicmemory"])
def test_answers_are_kept_only_where_working_memory_is_declared(layer):
    of = context(
        "packet_handler",
        operations=[operation("detect")],
        roles=["governance_bridge", "memory_bridge"],
        memorytopology={layer: {"storagetype": "x"}},
    )
    expected = "MemoryBridge" if layer == "workingmemory" else ""
    assert params(of)["memory_class"] == expected


@pytest.mark.negative
def test_a_handler_without_operations_is_refused():
    with pytest.raises(RefusalError, match="declares nothing that a packet could ask for"):
        params(context("packet_handler", roles=["governance_bridge"]))


@pytest.mark.negative
@pytest.mark.parametrize("meta", [META, {}])
def test_a_token_without_a_role_is_refused(meta):
    of = context(
        "packet_handler",
        operations=[operation("retrain", auth="secret_handshake")],
        roles=["governance_bridge"],
        meta=meta,
    )
    with pytest.raises(RefusalError, match="retrain demands a secret_handshake") as refusal:
        params(of)
    assert "communication.token_roles.secret_handshake" in refusal.value.repair


# shared helpers


def test_imports_are_grouped_and_ordered_as_the_linter_wants():
    groups = import_groups(
        "L9",
        [
            ("L9.b", ["z"]),
            ("agent_runtime.x", ["run", "Class", "CONSTANT"]),
            ("typing", ["Final"]),
            ("agent_runtime.x", ["Another"]),
            ("L9.a", ["y"]),
            ("collections.abc", []),
        ],
    )
    assert groups == [
        [{"module": "typing", "names": ["Final"]}],
        [{"module": "agent_runtime.x", "names": ["CONSTANT", "Another", "Class", "run"]}],
        [{"module": "L9.a", "names": ["y"]}, {"module": "L9.b", "names": ["z"]}],
    ]


@pytest.mark.parametrize("length", [0, 1, 78, 79, 86, 87, 88, 300])
def test_the_parts_of_a_text_fit_a_line_and_join_to_the_text(length):
    text = ("word " * 100)[:length]
    made = text_parts(text)
    assert "".join(made["parts"]) == text
    assert all(len(part) <= 86 for part in made["parts"])
    written = length + 3 * len(made["parts"]) - 1
    assert len(made["parts"]) == 1 or 8 + written > 100, "the formatter would join the parts"
    assert made["long"] == (length > 78)


@pytest.mark.parametrize(("value", "shown"), [(3600.0, "3600"), (0.5, "0.5"), (7, "7")])
def test_a_number_without_a_fraction_is_written_without_one(value, shown):
    assert repr(number(value)) == shown
