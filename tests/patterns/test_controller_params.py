"""How a controller composes any agent: order of modules, what is left out, metrics and channels."""

from dataclasses import replace

import pytest

from generators.engine.build.load_library import load_library
from generators.engine.model.agent import Endpoint, PathRequest
from generators.engine.model.ruling import compile_ruling
from generators.engine.names import Identifier, RepoPath
from generators.engine.patterns.context import OperationUse, PatternContext, Shape, Sibling
from generators.engine.patterns.fault import PatternError
from generators.engine.patterns.pattern import Operation
from generators.engine.patterns.refusal import RefusalError
from generators.engine.patterns.wiring import parse_wiring
from generators.patterns.controller.params import params
from tests.unit.engine.collection_builder import load, schema

CONTROLLER = load_library().get("controller")
TEMPLATE = load_library().get("domain_adapter")


def module(role, wiring=None, method="answer_call", decides=False, channel=()):
    """A module of this role whose pattern has this wiring and answers every endpoint."""
    block = None if wiring is None else {"attribute": role, **wiring}
    operation = Operation(
        endpoints=(),
        segments=(),
        method=method,
        request="shapes:Ask",
        response="shapes:Answer",
        priority=1,
        decides=decides,
        timed=True,
        channel=channel,
    )
    pattern = replace(
        TEMPLATE,
        pattern_id=role,
        role=role,
        operations=(operation,),
        wiring=parse_wiring(block, role),
    )
    return Sibling(
        role=role, stem=role, module=f"L9.probe.{role}", class_name=role.title(), pattern=pattern
    )


GOVERNANCE = module("governance_bridge", {})


def use(sibling, name="ask", **fields):
    operation = sibling.pattern.operations[0]
    endpoint = Endpoint(
        name=Identifier(name),
        path=f"/probe/v1/{name}",
        method="POST",
        timeout_ms=250,
        auth=None,
        pointer="/deployment/endpoints/0",
    )
    return OperationUse(
        endpoint=endpoint,
        sibling=sibling,
        method=operation.method,
        request=Shape(module="shapes", name="Ask"),
        response=Shape(module="shapes", name="Answer"),
        decides=operation.decides,
        channel=operation.channel,
        **fields,
    )


def context(*modules, uses=None, **changes):
    agent = load(schema(**changes)).collection.agent("probe")
    siblings = {each.role: each for each in modules}
    return PatternContext(
        agent=agent,
        sequence=1,
        collection="probe_ecosystem",
        namespace="L9",
        stem="probe_controller",
        path="L9/probe/probe_controller.py",
        purpose="",
        pointer="Probe#/cursorinstructions/generatefiles/0",
        module="L9.probe.probe_controller",
        package="L9.probe",
        class_name="ProbeController",
        siblings=siblings,
        operations=tuple(uses if uses is not None else [use(modules[0])]),
        ruling=compile_ruling(agent),
        links={},
        dependencies={},
        meta={},
        glue={},
    )


def wired(of):
    return [each["attribute"] for each in params(of)["wires"]]


def role(name, **fields):
    return {"role": name, **fields}


def test_governance_is_made_first_and_each_module_after_those_it_is_made_from():
    last = module("first_listed", {"arguments": [role("second_listed"), role("third_listed")]})
    of = context(
        last, module("second_listed", {}), GOVERNANCE, module("third_listed", {}), uses=[use(last)]
    )
    assert wired(of) == ["governance_bridge", "second_listed", "third_listed", "first_listed"]


def test_modules_that_nothing_orders_keep_the_order_of_the_schema():
    names = ["zeta", "alpha", "mid"]
    modules = [module(name, {}) for name in names]
    assert wired(context(*modules, GOVERNANCE)) == ["governance_bridge", *names]


def test_a_module_without_wiring_is_not_made():
    of = context(GOVERNANCE, module("feature_utils"), uses=[use(GOVERNANCE)])
    assert wired(of) == ["governance_bridge"]


def test_a_module_that_lacks_a_sibling_is_left_out_with_those_that_need_it():
    lame = module("scorer", {"arguments": [role("models")]})
    lamer = module("engine", {"arguments": [role("scorer")]})
    assert wired(context(GOVERNANCE, lame, lamer)) == ["governance_bridge"]


def test_an_optional_sibling_is_passed_if_it_is_there():
    memory = role("memory_bridge", keyword="memory", optional=True)
    one = module("router", {"arguments": [role("governance_bridge"), memory]})
    without = params(context(GOVERNANCE, one))["wires"][-1]
    (alone,) = without["arguments"]
    assert (alone["keyword"], alone["value"]) == ("", "self.governance_bridge")
    given = params(context(GOVERNANCE, one, module("memory_bridge", {})))["wires"][-1]
    assert [each["keyword"] for each in given["arguments"]] == ["", "memory"]
    assert given["arguments"][1]["value"] == "self.memory_bridge"


def test_an_argument_of_a_layer_that_is_not_declared_is_left_out():
    memory = role("memory_bridge", keyword="memory", optional=True, layer="workingmemory")
    one = module("router", {"arguments": [memory]})
    of = context(GOVERNANCE, one, module("memory_bridge", {}), memorytopology={})
    assert params(of)["wires"][-1]["arguments"] == []


def sent(*receivers, connection="packet_send", packet="model_ready", sender="probe"):
    wirings = [
        {
            "from_agent": sender,
            "to_agent": receiver,
            "connection_type": connection,
            "packet_types": [packet],
        }
        for receiver in receivers
    ]
    return {"wirings": wirings}


def test_the_client_of_who_is_sent_a_packet_is_passed_and_made_first():
    one = module("promoter", {"arguments": [{"keyword": "taker", "packet": "model_ready"}]})
    of = context(one, module("scorer_client", {}), GOVERNANCE)
    wires = params(replace(of, glue=sent("stranger", "scorer")))["wires"]
    assert [each["attribute"] for each in wires][1:] == ["scorer_client", "promoter"]
    (argument,) = wires[-1]["arguments"]
    assert (argument["keyword"], argument["value"]) == ("taker", "self.scorer_client")


@pytest.mark.parametrize(
    "glue",
    [
        {},
        sent("stranger"),
        sent("scorer", connection="event_observe"),
        sent("scorer", packet="batch"),
        sent("scorer", sender="somebody"),
    ],
)
def test_where_nobody_is_sent_the_packet_no_client_is_passed(glue):
    one = module("promoter", {"arguments": [{"keyword": "taker", "packet": "model_ready"}]})
    of = context(one, module("scorer_client", {}), GOVERNANCE)
    wires = {each["attribute"]: each for each in params(replace(of, glue=glue))["wires"]}
    assert wires["promoter"]["arguments"] == []


def test_start_hooks_come_in_the_order_of_wiring_and_close_in_reverse():
    first = module("first", {"start": [{"method": "begin"}], "close": "end"})
    second = module(
        "second",
        {"start": [{"method": "listen", "arguments": [{"value": "parts.bus"}]}], "close": "stop"},
    )
    made = params(context(GOVERNANCE, first, second))
    assert [each["tag"] for each in made["hooks"]] == ["first.begin", "second.listen"]
    assert made["hooks"][1]["arguments"][0]["value"] == "self.parts.bus"
    assert [each["tag"] for each in made["closes"]] == ["second.stop", "first.end"]


def test_a_decision_made_unasked_is_recorded_as_the_endpoint_that_asks_for_the_same():
    start = [{"method": "register", "arguments": [{"record": "answer_call"}]}]
    job = module("job", {"start": start}, decides=True, channel=("govern",))
    made = params(context(GOVERNANCE, job, uses=[use(job, "run_job")]))
    (kept,) = made["keepers"]
    assert (kept["name"], kept["keeper"], kept["response"]) == (
        "run_job",
        "_keep_run_job",
        "Answer",
    )
    assert made["operations"][0]["keeper"] == "_keep_run_job"
    assert made["hooks"][0]["arguments"][0]["value"] == "self._keep_run_job"
    assert made["has"]["records"] is True
    unasked = params(context(GOVERNANCE, job, uses=[use(GOVERNANCE)]))
    assert [each["keeper"] for each in unasked["keepers"]] == ["_keep_job"]


def test_a_metric_is_fed_by_the_first_module_whose_words_are_in_its_name():
    rate = {"words": ["escalation", "rate"], "method": "escalation_rate", "help": "a minute"}
    count = {"words": ["total"], "method": "count", "kind": "counter"}
    one = module("one", {"metrics": [rate, count]})
    two = module("two", {"metrics": [{"words": ["escalation"], "method": "other"}]})
    of = context(GOVERNANCE, one, two)
    metrics = ("governance_escalation_rate", "accuracy", "packets_total")
    of = replace(of, agent=replace(of.agent, metrics=metrics))
    made = params(of)
    feeds = [
        (each["metric"], each["attribute"], each["method"], each["sink"]) for each in made["feeds"]
    ]
    assert feeds == [
        ("governance_escalation_rate", "one", "escalation_rate", ""),
        ("packets", "one", "count", "parts.metrics.increment"),
    ]
    helps = {each["name"]: each["help"] for each in made["metrics"]}
    assert helps["governance_escalation_rate"] == "governance escalation rate: a minute"
    assert made["unknown"] == ["accuracy"]


def test_a_decision_is_told_to_the_first_channel_that_has_one_of_its_words():
    one = module("one", {}, decides=True, channel=("match", "outcome"))
    of = context(GOVERNANCE, one, uses=[use(one)])
    logging = tuple(
        PathRequest(path=RepoPath(f"L9/logs/{name}.log"), purpose="", pointer="/logging")
        for name in ("first", "outcomes", "governance")
    )
    agent = replace(of.agent, instructions=replace(of.agent.instructions, logging=logging))
    made = params(replace(of, agent=agent))
    assert made["operations"][0]["channel"] == "outcomes"
    assert made["governance_channel"] == "governance"


def test_an_endpoint_whose_module_lacks_a_sibling_is_refused_and_names_it():
    lame = module("scorer", {"arguments": [role("models")]})
    of = context(GOVERNANCE, lame, uses=[use(lame)])
    with pytest.raises(RefusalError, match=r"scorer\.py answers ask, and lacks models"):
        params(of)


def test_two_modules_that_do_the_same_are_refused():
    one, two = module("one", {"attribute": "worker"}), module("two", {"attribute": "worker"})
    with pytest.raises(RefusalError, match=r"one\.py and two\.py do the same work"):
        params(context(GOVERNANCE, one, two))


def test_an_endpoint_that_has_the_name_of_a_module_is_refused():
    one = module("ask", {})
    with pytest.raises(RefusalError, match="the endpoint ask has the name of a module"):
        params(context(GOVERNANCE, one, uses=[use(one, "ask")]))


def test_wirings_that_need_each_other_are_a_fault_of_the_patterns():
    one = module("one", {"arguments": [role("two")]})
    two = module("two", {"arguments": [role("one")]})
    with pytest.raises(PatternError, match="the wirings of one, two need each other"):
        params(context(GOVERNANCE, one, two))


def test_an_agent_without_endpoints_is_refused():
    with pytest.raises(RefusalError, match="declares nothing"):
        params(context(GOVERNANCE, uses=[]))
