"""What patterns of routing and coordination take from a schema, and what they ask the user."""

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from agent_runtime.routing import fields
from agent_runtime.routing.corrections import ContextSteps, OverrideSteps
from agent_runtime.routing.jobs import JobSteps
from agent_runtime.routing.steps import CaseSteps
from agent_runtime.routing.tensors import METHODS as TENSOR_METHODS
from agent_runtime.shapes import transactions

from generators.engine.patterns.context import OperationUse, PatternContext, Shape
from generators.engine.patterns.refusal import RefusalError
from generators.patterns import packet_chains
from generators.patterns.packet_chains import PAYLOADS, STEPS, compile_chain, senders_of
from generators.patterns.packet_formatter.params import FIELDS
from generators.patterns.pipeline_stages import entries_of
from generators.patterns.tensor_coordinator.params import METHODS
from tests.patterns.pattern_contexts import context, operation, pattern_of, sibling

PARTS = {"cases": CaseSteps, "jobs": JobSteps, "overrides": OverrideSteps, "context": ContextSteps}
CASE = {
    "source": "L9/agents/plastos",
    "packettype": "trade",
    "action": "enrich_with_context -> tensor_score -> return_results",
}
NEWS = {
    "source": "L9/worldmodel",
    "packettype": "news",
    "action": "update_enrichment_context -> retrigger_relevant_decisions",
}
OVERRIDE = {
    "source": "L9/governance",
    "packettype": "override_request",
    "action": "apply_override -> reprocess_affected_decisions -> audit_log",
}
RESULT = {"destination": "L9/agents/plastos", "packettype": "results", "fields": ["confidence"]}


def routed(
    pattern_id: str,
    *inbound: Mapping[str, str],
    outbound: Iterable[Mapping[str, object]] = (),
    roles: Iterable[str] = (),
    operations: Iterable[OperationUse] = (),
    **changes: object,
) -> PatternContext:
    return context(
        pattern_id,
        roles=("governance_bridge", *roles),
        operations=operations,
        packetrouting={"inbound": list(inbound), "outbound": list(outbound)},
        **changes,
    )


def params(made: PatternContext) -> Mapping[str, object]:
    return pattern_of(made.stem).compute(made)  # type: ignore[arg-type]


def call(method: str, name: str = "ask", **fields: object) -> OperationUse:
    return replace(operation(name, decides=False), method=method, **fields)


@pytest.mark.parametrize("kind", STEPS, ids=lambda kind: kind.name)
def test_every_step_has_the_method_that_it_names(kind: packet_chains.StepKind) -> None:
    method = getattr(PARTS[kind.part], kind.method)
    assert inspect.getdoc(method)
    gives = str(inspect.signature(method).return_annotation)
    assert ("Answer" in gives) == (kind.gives == packet_chains.ANSWER)


def test_every_payload_has_its_shape() -> None:
    assert set(PAYLOADS) == set(PARTS)
    assert all(hasattr(transactions, name) for name in PAYLOADS.values())


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_has_the_function_that_fills_it(name: str) -> None:
    returned = inspect.signature(getattr(fields, name)).return_annotation
    kind = FIELDS[name]
    declared = getattr(fields, kind.removeprefix("fields.")) if "fields." in kind else None
    assert returned == declared if declared else returned.__name__ == kind


def test_the_tensor_methods_are_those_of_the_runtime() -> None:
    assert METHODS == TENSOR_METHODS


def test_a_chain_is_compiled_into_steps_that_fit() -> None:
    steps = compile_chain("enrich_with_credit_context->tensor_score  -> return_results", "here")
    assert [step.kind.method for step in steps] == ["enrich", "tensor_score", "return_results"]
    assert [step.focus for step in steps] == ["credit", "", ""]
    assert compile_chain("enrich_with_credit_context → tensor_score→return_results", "") == steps


@pytest.mark.parametrize(
    ("action", "told", "repair"),
    [
        ("enrich_with_contexts -> tensor_score", "no step is called", "enrich_with_context"),
        ("tensor_score -> return_results", "takes enriched, and there is received", "enrich_with"),
        ("enrich_with_context -> return_results", "takes scored", "tensor_score"),
        ("enrich_with_context -> tensor_score", "ends in scored", "return_results"),
        ("distribute_to_domains -> audit_log", "takes corrected", "coordinate_tensor_calls"),
        ("audit_log -> audit_log", "takes corrected", "no further step"),
        ("", "no step is called ''", "write one of"),
    ],
)
def test_a_chain_that_does_not_fit_is_a_question(action: str, told: str, repair: str) -> None:
    with pytest.raises(RefusalError) as refusal:
        compile_chain(action, "packetrouting.inbound.0")
    assert told in refusal.value.reason
    assert repair in refusal.value.repair


def test_a_domain_may_be_spoken_for_by_its_adapter() -> None:
    assert senders_of("L9/agents/plastos/") == ("plastos", "plastos_adapter")
    assert senders_of("L9/governance") == ("governance",)


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([{**CASE, "packettype": "a trade"}], "is no identifier"),
        ([CASE, {**CASE}], "the packet type trade is taken"),
        ([{**CASE, "packettype": "close"}], "the packet type close is taken"),
        ([], "declares no packet"),
        ([NEWS], "no chain of packetrouting.inbound decides a case"),
        ([CASE, NEWS], "the agent has none"),
    ],
)
def test_a_handler_asks_for_what_it_cannot_do_without(
    entries: list[Mapping[str, str]], told: str
) -> None:
    with pytest.raises(RefusalError, match=told):
        params(routed("domain_packet_handler", *entries))


def test_a_handler_has_the_steps_that_its_chains_need_and_no_others() -> None:
    made = params(routed("domain_packet_handler", CASE))
    assert made["has"] == {"jobs": False, "overrides": False, "context": False, "endpoint": False}
    assert made["event_type"] == "decision"
    assert made["audited_as"] == {
        "decisions": "decision_made",
        "overrides": "decision_overridden",
    }
    full = routed(
        "domain_packet_handler",
        CASE,
        NEWS,
        OVERRIDE,
        roles=["world_model_bridge"],
        operations=[
            call("override_call", "override"),
            call("process_call", "process_packet", announces=True),
        ],
    )
    told = params(full)
    assert told["has"] == {"jobs": False, "overrides": True, "context": True, "endpoint": True}
    assert told["event_type"] == "process_packet"


def test_a_router_takes_the_times_of_the_endpoints() -> None:
    uses = [call("process_call", "process_packet"), call("override_call", "override")]
    uses[1] = replace(uses[1], endpoint=replace(uses[1].endpoint, timeout_ms=30_000))
    made = params(
        routed(
            "packet_router",
            CASE,
            OVERRIDE,
            roles=["packet_validator", "domain_packet_handler"],
            operations=uses,
        )
    )
    assert [route["timeout_ms"] for route in made["routes"]] == [250, 30_000]  # type: ignore[union-attr]
    assert [each["name"] for each in made["types"]] == ["override"]  # type: ignore[union-attr]


def test_a_router_without_endpoints_takes_the_time_of_a_decision() -> None:
    modules = ["packet_validator", "domain_packet_handler"]
    learning = {"autonomyprofile": {"mode": "m", "decisionlatencymaxms": 700}}
    made = params(routed("packet_router", CASE, roles=modules, learningsystem=learning))
    assert made["routes"][0]["timeout_ms"] == 700  # type: ignore[index]
    with pytest.raises(RefusalError, match="nothing says how long"):
        params(routed("packet_router", CASE, roles=modules))


def test_a_router_asks_for_routes_and_for_its_modules() -> None:
    with pytest.raises(RefusalError, match="declares no packet that could be routed"):
        params(routed("packet_router"))
    with pytest.raises(RefusalError, match="packet_validator and domain_packet_handler"):
        params(routed("packet_router", CASE))


def test_a_validator_takes_packet_types_from_routing_else_from_endpoints() -> None:
    made = params(routed("packet_validator", CASE))
    assert made["types"] == [{"name": "trade", "shape": "TransactionPayload"}]
    plain = params(routed("packet_validator", operations=[operation("score")]))
    assert plain["types"] == [{"name": "score", "shape": "AnomalyRequest"}]
    with pytest.raises(RefusalError, match="declares a packet type"):
        params(routed("packet_validator"))


@pytest.mark.parametrize(
    ("outbound", "told"),
    [
        ([], "no packet to a source"),
        ([{**RESULT, "destination": "L9/monitoring"}], "no packet to a source"),
        ([{**RESULT, "fields": []}], "lists no fields"),
        ([{**RESULT, "fields": ["confidance"]}], "nothing is known to fill 'confidance'"),
        ([RESULT, {**RESULT, "fields": ["domain"]}], "the packet type results comes twice"),
        ([{**RESULT, "packettype": "no name"}], "is no identifier"),
    ],
)
def test_a_formatter_asks_for_answers_with_fields_it_can_fill(
    outbound: list[Mapping[str, object]], told: str
) -> None:
    with pytest.raises(RefusalError, match=told):
        params(routed("packet_formatter", CASE, outbound=outbound))


def test_what_answers_nobody_is_a_notice() -> None:
    notice = {"destination": "L9/governance", "packettype": "ask", "fields": ["human_required"]}
    made = params(routed("packet_formatter", CASE, OVERRIDE, outbound=[RESULT, notice]))
    assert (made["always"], made["on_escalation"]) == ([], [["governance", "ask"]])
    assert [each["asked"] for each in made["answered"]] == ["trade"]  # type: ignore[union-attr]


def test_factors_are_those_of_the_pipeline_else_the_models() -> None:
    pipeline = {
        "stage_1": ["receive"],
        "stage_2": [{"query": {"factors": ["market_conditions (supply, demand)", "mood"]}}],
    }
    world = {
        "activemodels": ["market_dynamics_model", "trend_model"],
        "dataconnectors": ["stream"],
        "usecases": ["detecting", "enriching_packets"],
    }
    made = routed(
        "context_enricher",
        roles=["world_model_bridge", "domain_context_builder"],
        reasoningpipeline=pipeline,
        worldmodelintegration=world,
    )
    told = params(made)
    assert told["factors"] == [
        {"name": "market_conditions", "models": ["market_dynamics_model"]},
        {"name": "mood", "models": ["market_dynamics_model", "trend_model"]},
    ]
    assert (told["use_case"], told["source"]) == ("enriching_packets", "reasoningpipeline.stage_2")
    plain = params(routed("context_enricher", worldmodelintegration=world))
    assert plain["names"] == ["market_dynamics_model", "trend_model"]
    assert entries_of(made, "methods") == ((), "")


def test_a_coordinator_asks_about_methods_that_nobody_offers() -> None:
    pipeline = {"stage_3": [{"call": {"methods": ["link_predictions"]}}]}
    with pytest.raises(
        RefusalError, match="no tensor method is called 'link_predictions'"
    ) as asked:
        params(routed("tensor_coordinator", reasoningpipeline=pipeline))
    assert "link_prediction" in asked.value.repair
    plain = params(routed("tensor_coordinator"))
    assert (plain["methods"], plain["timeout_ms"]) == ([*METHODS], 2_000)
    learning = {"autonomyprofile": {"mode": "m", "decisionlatencymaxms": 700}}
    assert params(routed("tensor_coordinator", learningsystem=learning))["timeout_ms"] == 700


def test_an_anomaly_handler_asks_for_its_threshold() -> None:
    with pytest.raises(RefusalError, match="above which anomaly score"):
        params(routed("anomaly_handler"))


def test_domains_are_told_without_the_open_one() -> None:
    integration = {"shareddomains": ["PlastOS", "ForgeOS (future)", "Any L9 Domain"]}
    made = params(routed("domain_context_builder", integration=integration))
    assert made["domains"] == ["PlastOS", "ForgeOS"]
    assert params(routed("domain_context_builder"))["first"] in ("", "PlastOS")


def test_the_decision_log_needs_the_layer_that_holds_it() -> None:
    topology = {"workingmemory": {"storagetype": "redis", "keyspace": "p:*"}}
    use = call("decision_log_call", "query_decision_log", request=Shape(module="m", name="S"))
    with pytest.raises(RefusalError, match="asks for the decision log"):
        params(routed("memory_bridge", operations=[use], memorytopology=topology))
    assert sibling("packet_router").class_name == "PacketRouter"
