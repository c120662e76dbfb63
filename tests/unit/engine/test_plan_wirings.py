"""Wirings of the glue are held against what both agents are and offer."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from generators.engine.build.compile import collection_interfaces, compile_collection, load_meta
from generators.engine.findings import Place, Severity, render_findings
from generators.engine.plan.wirings import GlueSource, check_wirings
from generators.engine.shell.environment import read_settings
from tests.unit.engine.collection_builder import ROOT

SOURCE = "input_schemas/tensoraios_ecosystem_v6.0.md"
NAME = "tensoraios_ecosystem"
CALL = {
    "from_agent": "main_agent",
    "to_agent": "tensoraios",
    "connection_type": "api_call",
    "method_names": ["score_candidates"],
}
OBSERVE = {
    "from_agent": "tensor_auditor",
    "to_agent": "tensoraios",
    "connection_type": "event_observe",
    "event_subscriptions": ["score_candidates"],
}
SEND = {
    "from_agent": "plastos_adapter",
    "to_agent": "tensoraios",
    "connection_type": "packet_send",
    "packet_types": ["score_candidates"],
}
PLACES = {
    "/wirings/0": Place(file="glue.yaml", line=7),
    "/wirings/0/to_agent": Place(file="glue.yaml", line=9),
    "/wirings/0/method_names/0": Place(file="glue.yaml", line=11),
}


@pytest.fixture(scope="module")
def interfaces():
    settings = read_settings(os.environ)
    compiled = compile_collection(NAME, (SOURCE,), settings, load_meta(settings))
    return collection_interfaces(compiled.model.collection, compiled.meta)


def check(wiring, interfaces, *, own=True, open_ended=()):
    source = GlueSource(places=PLACES, shared=0 if own else 1)
    return check_wirings(
        {"wirings": [wiring]}, source, interfaces, open_ended=open_ended, blocked={}
    )


@pytest.mark.parametrize("wiring", [CALL, OBSERVE, SEND])
def test_what_the_other_agent_offers_can_be_wired(interfaces, wiring):
    assert check(wiring, interfaces) == ((), {})


def test_a_call_of_an_endpoint_that_is_not_there_says_where_why_and_what_to_write(interfaces):
    wiring = {**CALL, "method_names": ["score_candidate"]}
    (found,), stopped = check(wiring, interfaces)
    assert (found.code, found.severity) == ("PL006", Severity.ERROR)
    assert found.place == PLACES["/wirings/0/method_names/0"]
    assert found.agent == "main_agent"
    assert "the endpoint 'score_candidate' of tensoraios, which offers score_cand" in found.message
    assert found.repair.startswith("write score_candidates, drop it from method_names, or declare")
    assert [*stopped] == ["main_agent"]
    assert stopped["main_agent"][0].startswith("PL006 glue.yaml:11:1: ")


@pytest.mark.parametrize(
    ("wiring", "field"), [(OBSERVE, "event_subscriptions"), (SEND, "packet_types")]
)
def test_an_event_or_packet_that_is_not_there_is_found_unless_the_owner_is_deferred(
    interfaces, wiring, field
):
    wrong = {**wiring, field: ["get_rich"]}
    (found,), _ = check(wrong, interfaces)
    assert found.code == "PL006"
    assert found.place == PLACES["/wirings/0"]
    assert "write" not in found.repair
    assert check(wrong, interfaces, open_ended=("tensoraios",)) == ((), {})


def test_a_deferred_agent_offers_the_endpoints_that_it_declares_and_no_others(interfaces):
    wrong = {**CALL, "method_names": ["get_rich"]}
    (found,), _ = check(wrong, interfaces, open_ended=("tensoraios",))
    assert found.code == "PL006"


def test_an_endpoint_that_decides_nothing_publishes_no_event(interfaces):
    (found,), _ = check({**OBSERVE, "event_subscriptions": ["get_model_status"]}, interfaces)
    assert "the event 'get_model_status'" in found.message


def test_a_wiring_to_no_agent_stops_the_caller(interfaces):
    (found,), stopped = check({**CALL, "to_agent": "tensoraois"}, interfaces)
    assert (found.code, found.place) == ("PL005", PLACES["/wirings/0/to_agent"])
    assert "from main_agent to tensoraois names 'tensoraois', which is no agent" in found.message
    assert found.repair == "write tensoraios, drop the wiring, or add a schema of tensoraois"
    assert [*stopped] == ["main_agent"]


def test_a_wiring_from_no_agent_is_told_of_the_other(interfaces):
    (found,), _ = check({**CALL, "from_agent": "zzz"}, interfaces)
    assert (found.code, found.agent) == ("PL005", "tensoraios")
    assert found.repair == "drop the wiring, or add a schema of zzz"


def test_the_shared_glue_warns_of_one_stranger_and_leaves_two_to_another_collection(interfaces):
    (found,), stopped = check({**CALL, "to_agent": "elsewhere"}, interfaces, own=False)
    assert (found.severity, stopped) == (Severity.WARNING, {})
    both = {**CALL, "from_agent": "here", "to_agent": "there"}
    assert check(both, interfaces, own=False) == ((), {})
    assert len(check(both, interfaces)[0]) == 2


def test_what_was_stopped_before_stays_stopped(interfaces):
    source = GlueSource(places=PLACES)
    wrong = {**CALL, "method_names": ["get_rich"]}
    before = {"main_agent": ("first",), "tensor_trainer": ("other",)}
    _, stopped = check_wirings(
        {"wirings": [CALL, wrong]}, source, interfaces, open_ended=(), blocked=before
    )
    assert stopped["tensor_trainer"] == ("other",)
    assert [reason.split()[0] for reason in stopped["main_agent"]] == ["first", "PL006"]


def test_a_wrong_name_in_the_glue_of_a_collection_is_shown_with_its_line(tmp_path: Path):
    inputs = tmp_path / "inputs"
    (inputs / "glue").mkdir(parents=True)
    glue = inputs / "glue" / f"{NAME}.yaml"
    glue.write_text(
        "wirings:\n"
        "  - from_agent: main_agent\n"
        "    to_agent: tensoraios\n"
        "    connection_type: api_call\n"
        "    method_names: [score_candidates, forecast]\n"
    )
    settings = replace(read_settings(os.environ), inputs=str(inputs), meta=str(ROOT / "meta"))
    compiled = compile_collection(NAME, (str(ROOT / SOURCE),), settings, load_meta(settings))
    (found,) = [f for f in compiled.findings if f.code == "PL006"]
    assert (found.place.file, found.place.line, found.place.column) == (str(glue), 5, 38)
    shown = render_findings([found], compiled.texts)
    assert "method_names: [score_candidates, forecast]" in shown
    assert compiled.plan is not None
    blocked = {unit.unit_id: unit.blocked_by for unit in compiled.plan.units}
    assert blocked["main_agent"][0].startswith("PL006")
    assert not blocked["tensoraios"]


def test_added_wirings_stand_behind_the_shared_ones_and_are_shown_at_their_lines(tmp_path: Path):
    inputs = tmp_path / "inputs"
    (inputs / "glue").mkdir(parents=True)
    glue = inputs / "glue" / f"{NAME}.yaml"
    glue.write_text(
        "added_wirings:\n"
        "  - from_agent: main_agent\n"
        "    to_agent: nobody\n"
        "    connection_type: api_call\n"
        "    method_names: [forecast]\n"
        "  - from_agent: tensor_trainer\n"
        "    to_agent: tensoraios\n"
        "    connection_type: api_call\n"
        "    method_names: [score_candidates, forecast]\n"
    )
    settings = replace(read_settings(os.environ), inputs=str(inputs), meta=str(ROOT / "meta"))
    shared = load_meta(settings)
    compiled = compile_collection(NAME, (str(ROOT / SOURCE),), settings, shared)
    before = shared.glue["wirings"]
    assert compiled.meta.glue["wirings"][: len(before)] == before
    assert len(compiled.meta.glue["wirings"]) == len(before) + 2
    assert "added_wirings" not in compiled.meta.glue
    unknown, wrong = (f for f in compiled.findings if f.code in ("PL005", "PL006"))
    assert (unknown.place.file, unknown.place.line) == (str(glue), 3)
    assert unknown.severity is Severity.ERROR
    assert (wrong.place.line, wrong.place.column) == (9, 38)
