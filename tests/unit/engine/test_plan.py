"""The plan decides every file, asks what is open, and depends on nothing but its input."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.engine.model.load import LoadedModel
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.fault import PatternError
from generators.engine.patterns.library import Library
from generators.engine.patterns.pattern import Pattern, parse_pattern
from generators.engine.plan.match import match_agent
from generators.engine.plan.plan_collection import plan_collection
from generators.engine.plan.sequence import CycleError, plan_sequence, start_order
from generators.engine.plan.todo import (
    render_questions,
    render_todo_text,
    todo_document,
    unit_todos,
)
from generators.engine.plan.unit_plan import CollectionPlan
from generators.engine.sources.canonical import Plain
from tests.unit.engine.collection_builder import load, schema

FACADES = {"L9/core/packetprotocol.py": "facade_packetprotocol"}
ENDPOINT = {
    "name": "detect_anomaly",
    "path": "/probe/v1/anomaly",
    "method": "POST",
    "timeout_ms": 5,
}


def no_params(context: PatternContext) -> Mapping[str, Plain]:
    del context
    return {}


def pattern(pattern_id: str, **fields: object) -> Pattern:
    kind = str(fields.get("kind", "module"))
    template = "doc.md.j2" if kind == "doc" else "module.py.j2"
    templates = {template: "", "test_module.py.j2": ""} if kind != "doc" else {template: ""}
    data = {
        "id": pattern_id,
        "version": "1.0",
        "title": pattern_id,
        "stems": [pattern_id],
        **fields,
    }
    return parse_pattern(data, templates=templates, params_schema={}, compute=no_params)


OPERATION = {
    "endpoints": ["detect_anomaly"],
    "segments": ["rank"],
    "method": "detect",
    "request": "m:Request",
    "response": "m:Response",
    "priority": 1,
}
LIBRARY = Library.of(
    [
        pattern("anomaly_detector", operations=[OPERATION], needs=["governance_bridge"]),
        pattern("governance_bridge", **{"class": "{Agent}Bridge"}),
        pattern("controller", stems=["*_controller", "controller"]),
        pattern("package_init", stems=["__init__"]),
        pattern("facade_packetprotocol", kind="facade", stems=["packetprotocol"]),
        pattern("doc_readme", kind="doc", stems=["README"]),
    ]
)


def plan(model: LoadedModel, deferred: Mapping[str, str] | None = None) -> CollectionPlan:
    return plan_collection(
        model.collection,
        LIBRARY,
        namespace="L9",
        facades=FACADES,
        max_parallel=2,
        blocked=model.blocked,
        deferred=deferred or {},
    )


def instructions(**fields: object) -> dict[str, object]:
    return {"cursorinstructions": {"generatefiles": ["governance_bridge.py"], **fields}}


def test_every_request_of_the_schema_has_a_todo_with_its_origin() -> None:
    asked = instructions(
        generatefiles=["governance_bridge.py", "__init__.py"],
        generatedocs=["L9/agents/probe/README.md"],
        createifmissing=["L9/tests/agents/probe"],
        logging=["L9/logs/probe/x.log"],
        linkexisting=["L9/core/packetprotocol.py"],
        postgeneration={"manifest": "L9/manifests/probe.json", "generatetests": True},
    )
    made = plan(load(schema(**asked)))
    unit = made.unit("probe")
    todos = [(t.number, t.action, t.path, t.origin) for t in unit_todos(unit)]
    assert todos == [
        ("T-001", "Create", "L9/agents/probe/governance_bridge.py", "generatefiles"),
        ("T-002", "Create", "L9/agents/probe/__init__.py", "generatefiles"),
        ("T-003", "Create", "L9/agents/probe/README.md", "generatedocs"),
        ("T-004", "Create", "L9/tests/agents/probe/test_governance_bridge.py", "postgeneration"),
        ("T-005", "Create", "L9/tests/agents/probe/test_package.py", "postgeneration"),
        ("T-006", "Create", "L9/tests/agents/probe/.gitkeep", "createifmissing"),
        ("T-007", "Create", "L9/logs/probe/x.log", "logging"),
        ("T-008", "Create", "L9/manifests/probe.json", "postgeneration"),
    ]
    links = made.unit("probe.links")
    assert [(t.action, t.path, t.origin) for t in unit_todos(links)] == [
        ("Wrap", "L9/core/packetprotocol.py", "linkexisting"),
        ("Create", "L9/tests/links/test_core_packetprotocol.py", "linkexisting"),
    ]
    assert unit.hard == ("probe.links",)
    module = unit.in_role("module")[0]
    assert module.pointer == "Probe#/cursorinstructions/generatefiles/0"
    assert module.imports == ("agent_runtime", "L9.agents.probe", "L9.core.packetprotocol")


def test_no_tests_are_planned_where_the_schema_declines_them() -> None:
    asked = instructions(postgeneration={"generatetests": False})
    assert plan(load(schema(**asked))).unit("probe").in_role("test") == ()


def test_an_unknown_stem_is_a_question_with_the_nearest_patterns() -> None:
    unit = plan(load(schema(**instructions(generatefiles=["anomaly_detektor.py"])))).unit("probe")
    assert not unit.buildable
    assert [(q.number, q.text) for q in unit.questions] == [
        (1, "no pattern answers anomaly_detektor.py")
    ]
    assert unit.questions[0].choices == ("rename it, if it is meant as anomaly_detector",)


def test_a_missing_role_and_an_unanswered_endpoint_are_questions() -> None:
    asked = instructions(generatefiles=["anomaly_detector.py"])
    other = {**ENDPOINT, "name": "fly", "path": "/probe/v1/fly"}
    model = load(schema(**asked, deployment={"endpoints": [ENDPOINT, other]}))
    texts = [q.text for q in plan(model).unit("probe").questions]
    assert texts == [
        "L9/agents/probe/anomaly_detector.py needs a module in the role governance_bridge",
        "nobody answers the endpoint fly (/probe/v1/fly)",
    ]


def test_endpoints_are_answered_by_name_then_by_segment() -> None:
    files = ["anomaly_detector.py", "governance_bridge.py"]
    by_segment = {**ENDPOINT, "name": "order", "path": "/probe/v1/rank"}
    model = load(
        schema(
            **instructions(generatefiles=files), deployment={"endpoints": [ENDPOINT, by_segment]}
        )
    )
    matches = match_agent(model.collection.agents[0], LIBRARY)
    assert [
        (str(use.endpoint.name), use.method, use.sibling.role) for use in matches.operations
    ] == [
        ("detect_anomaly", "detect", "anomaly_detector"),
        ("order", "detect", "anomaly_detector"),
    ]
    assert matches.siblings["governance_bridge"].class_name == "ProbeBridge"
    assert matches.siblings["governance_bridge"].module == "L9.agents.probe.governance_bridge"


def test_exact_stems_win_over_suffixes_and_spelling_does_not_matter() -> None:
    library = Library.of([*LIBRARY.patterns, pattern("tensor_controller")])
    assert library.find("TensorController", "module").pattern_id == "tensor_controller"  # type: ignore[union-attr]
    assert library.find("agent_controller", "module").pattern_id == "controller"  # type: ignore[union-attr]
    assert library.find("readme", "module") is None
    assert library.find("governancebridge", "module") is library.get("governance_bridge")


def test_a_library_with_two_answers_to_one_stem_is_a_fault() -> None:
    with pytest.raises(PatternError, match="both answer"):
        Library.of([pattern("one", stems=["x"]), pattern("two", stems=["X"])])
    with pytest.raises(PatternError, match="lacks version"):
        pattern("one", version="")
    with pytest.raises(PatternError, match="kind"):
        pattern("one", kind="poem")


def test_deferred_agents_are_planned_but_not_built_and_neither_is_what_stands_on_them() -> None:
    model = load(schema("base"), schema("above", depends_on={"hard": ["base"], "soft": []}))
    made = plan(model, {"base": "later"})
    assert not made.unit("base").buildable
    assert made.unit("base").deferred == "later"
    assert made.unit("above").blocked_by == ("needs base, which is not built",)
    text = render_todo_text(made, ["no_todo"])
    assert "DEFERRED: later" in text
    assert "BLOCKED: needs base, which is not built" in text


def test_the_plan_and_its_digest_ignore_everything_but_the_schemas_content() -> None:
    one = plan(load(schema()))
    assert one == plan(load(schema()))
    assert one.digest != plan(load(schema(**instructions(generatefiles=["__init__.py"])))).digest
    assert todo_document(one, ["g"])["plan_digest"] == f"sha256:{one.digest}"


def test_questions_are_written_for_people() -> None:
    made = plan(load(schema(**instructions(generatefiles=["expression_evaluator.py"]))))
    text = render_questions(made)
    assert "## Probe (`probe`), not built until answered" in text
    assert "**Q1** no pattern answers expression_evaluator.py" in text
    assert "None." in render_questions(plan(load(schema())))


def test_the_sequence_of_the_guide() -> None:
    edges = {
        "tensoraios": [],
        "main_agent": ["tensoraios"],
        "plastos_adapter": ["main_agent", "tensoraios"],
        "tensor_trainer": ["tensoraios"],
        "tensor_auditor": ["tensoraios", "not_of_this_collection"],
    }
    sequence = plan_sequence(edges, max_parallel=2)
    assert sequence.order == tuple(edges)
    assert sequence.groups == (
        ("tensoraios",),
        ("main_agent", "tensor_trainer"),
        ("tensor_auditor",),
        ("plastos_adapter",),
    )


def test_agents_start_after_what_they_need_and_if_possible_after_what_they_would_like() -> None:
    hard = {"main": ["scorer"], "scorer": [], "auditor": ["scorer"], "trainer": ["scorer"]}
    assert start_order(hard, {}) == ("scorer", "main", "auditor", "trainer")
    soft = {"main": ["trainer", "elsewhere"], "trainer": ["auditor"]}
    assert start_order(hard, soft) == ("scorer", "auditor", "trainer", "main")


def test_a_soft_wish_that_closes_a_circle_is_left_out() -> None:
    hard = {"scorer": [], "main": ["scorer"]}
    assert start_order(hard, {"scorer": ["main"]}) == ("scorer", "main")
    assert start_order({"a": [], "b": []}, {"a": ["b"], "b": ["a"]}) == ("a", "b")
    with pytest.raises(CycleError, match="a, b"):
        start_order({"a": ["b"], "b": ["a"]}, {})


def test_no_order_exists_for_a_cycle() -> None:
    with pytest.raises(CycleError, match="a, b"):
        plan_sequence({"a": ["b"], "b": ["a"], "c": []}, max_parallel=1)
    with pytest.raises(ValueError, match="positive"):
        plan_sequence({}, max_parallel=0)


@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(st.just(n), st.sets(st.tuples(*[st.integers(0, 11)] * 2)))
    )
)
def test_every_agent_follows_what_it_depends_on(drawn: tuple[int, set[tuple[int, int]]]) -> None:
    count, pairs = drawn
    edges = {
        str(node): [str(low) for low, high in sorted(pairs) if high == node and low < node]
        for node in range(count)
    }
    order = plan_sequence(edges, max_parallel=3).order
    assert sorted(order) == sorted(edges)
    for node, needed in edges.items():
        assert all(order.index(other) < order.index(node) for other in needed)


def test_the_plan_shows_prose_and_rule_side_by_side_with_values_on_either_side() -> None:
    governance = {"anchors": ["Igor"], "escalationpolicy": "anomaly score > 0.95, x_found"}
    made = plan(load(schema(governance=governance)))
    first, second = made.unit("probe").rules
    assert (first.prose, first.expression) == ("anomaly score > 0.95", "anomaly_score > 0.95")
    assert first.signals == ("anomaly_score ratio",)
    assert first.fires["anomaly_score"] > 0.95
    assert [values["anomaly_score"] <= 0.95 for values in first.holds] == [True]
    assert (second.fires, second.holds) == ({"x_found": True}, ({"x_found": False},))
    text = render_todo_text(made, ("no_todo",))
    assert "  RULE R-probe-01  /governance/escalationpolicy\n" in text
    assert "         prose   anomaly score > 0.95\n         rule    anomaly_score > 0.95\n" in text


def test_a_pattern_made_from_a_section_gives_way_where_the_section_is_missing() -> None:
    rich = pattern("data_translator", stems=["*transformer"], given=["records"])
    plain = pattern("document_transformer", otherwise=["*transformer"])
    with_records: Mapping[str, Plain] = {"records": {"buyer": {}}}

    def found(*patterns: Pattern, schema: Mapping[str, Plain]) -> str | None:
        chosen = Library.of(patterns).find("order_transformer", "module", schema=schema)
        return None if chosen is None else chosen.pattern_id

    assert found(rich, plain, schema=with_records) == "data_translator"
    assert found(rich, plain, schema={"records": {}}) == "document_transformer"
    assert found(rich, schema={}) == "data_translator"
    assert found(pattern("other", otherwise=["loader"]), schema={}) is None
