"""Who serves an agent over HTTP: its API server, else its controller, which says the same."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from generators.engine.model.bindings import LinkedName
from generators.engine.patterns.context import OperationUse, PatternContext, Shape
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import server_module, start_command
from generators.patterns.serving import service_data
from tests.patterns.pattern_contexts import META, context, operation, params

OPENED = ("controller", "config_manager", "governance_bridge", "anomaly_detector")
RATED: Mapping[str, Mapping[str, Plain]] = {
    **META,
    "meta.dependency.integration": {
        "rest": {"rate_limit": {"requests_per_second": 5, "burst": 10}},
    },
}


def served_by(*roles: str) -> PatternContext:
    return context("controller", operations=[status()], roles=(*OPENED, *roles))


def status() -> OperationUse:
    use = operation("get_status", decides=False)
    endpoint = replace(use.endpoint, method="GET", path="/probe/v1/status")
    shape = Shape(module="agent_runtime.shapes.status", name="StatusResponse")
    return replace(use, endpoint=endpoint, response=shape)


def modules(imports: Plain) -> set[str]:
    assert isinstance(imports, list)
    return {str(line["module"]) for group in imports for line in group}


def test_an_agent_is_served_by_its_api_server():
    of = served_by("api_server")
    assert server_module(of) == "L9.agents.probe.api_server"
    made = params(of)
    assert made["has"]["served"] is False
    assert "service" not in made
    assert not {"fastapi", "agent_runtime.application"} & modules(made["imports"])


def test_without_an_api_server_the_controller_serves_what_the_server_would():
    of = served_by()
    made = params(of)
    assert made["has"]["served"] is True
    assert {"fastapi", "agent_runtime.application"} <= modules(made["imports"])
    assert {"fastapi", "agent_runtime.keys"} <= modules(made["test_imports"])
    assert start_command(of) == (
        "python -m agent_runtime.serve L9.agents.probe.controller:create_app --port 8000"
    )
    controller = of.siblings["controller"]
    other = context("api_server", operations=[status()], roles=OPENED)
    assert made["service"] == {
        **params(other)["service"],
        "controller_class": of.class_name,
    }
    assert controller.made.module == of.module


@pytest.mark.parametrize("missing", ["controller", "config_manager"])
def test_what_cannot_be_opened_is_not_served(missing):
    of = context("memory_bridge", roles=[role for role in OPENED if role != missing])
    assert (server_module(of), start_command(of)) == ("", "")


def test_an_extended_controller_is_not_served_by_itself():
    of = served_by()
    extension = LinkedName(module="acme.mine", name="MyController")
    mine = replace(of.siblings["controller"], extension=extension)
    with pytest.raises(RefusalError, match=r"extended by acme\.mine") as refusal:
        params(replace(of, siblings={**of.siblings, "controller": mine}))
    assert "api_server.py" in refusal.value.repair


def test_the_status_is_asked_of_the_endpoint_that_answers_with_it():
    results = replace(status(), response=Shape(module="acme.shapes", name="Results"))
    first = replace(results, endpoint=replace(results.endpoint, path="/probe/v1/results"))
    made = service_data(
        context("controller", operations=[first, status()], roles=OPENED), "Controller"
    )
    assert made["status"]["path"] == "/probe/v1/status"
    assert made["has"]["status"] is True
    more = replace(first, standing=True)
    told = service_data(context("controller", operations=[more], roles=OPENED), "Controller")
    assert (told["status"]["path"], told["has"]["status"]) == ("/probe/v1/results", True)
    alone = service_data(context("controller", operations=[first], roles=OPENED), "Controller")
    assert (alone["status"]["path"], alone["has"]["status"]) == ("/probe/v1/results", False)


def test_roles_bodies_and_rates_are_those_of_schema_and_meta():
    uses = [operation("detect"), operation("retrain", auth="governance_token"), status()]
    made = service_data(context("controller", operations=uses, roles=OPENED), "Controller")
    assert [each["name"] for each in made["guarded"]] == ["retrain"]
    assert [(each["name"], each["wrong"]) for each in made["bodies"]] == [
        ("detect", '{"unheard_of": 1}')
    ]
    assert made["has"]["rate"] is False
    rated = context("controller", operations=[status()], roles=OPENED, meta=RATED)
    assert service_data(rated, "Controller")["has"]["rate"] is True


def test_a_method_that_is_not_served_is_refused():
    odd = replace(status(), endpoint=replace(status().endpoint, method="TRACE"))
    with pytest.raises(RefusalError, match="the method TRACE is not served"):
        service_data(context("controller", operations=[odd], roles=OPENED), "Controller")
