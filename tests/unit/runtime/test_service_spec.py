"""Declarations of a service: what can be served, and the document that follows from it."""

import json
import re

import pytest
from agent_runtime.errors import ConfigError
from agent_runtime.service import EndpointSpec, Operation, ServiceSpec, create_service
from agent_runtime.service.spec import Gates, matched
from agent_runtime.shapes.base import Shape
from pydantic import Field


class Pair(Shape):
    left: str
    right: str = "x"


class Score(Shape):
    pairs: tuple[Pair, ...]
    criticality: float = Field(default=0.5, ge=0.0, le=1.0, description="How much hangs on it")


class Scored(Shape):
    scores: tuple[float, ...]


class Find(Shape):
    subject: str
    limit: int = 10


SCORE = EndpointSpec(
    name="score", path="/s/v6/score", method="POST", timeout_ms=500, summary="Score pairs"
)
FIND = EndpointSpec(name="find", path="/s/v6/find/{subject}", method="GET", timeout_ms=100)
RETRAIN = EndpointSpec(
    name="retrain", path="/s/v6/retrain", method="POST", timeout_ms=60000, role="governance"
)
OPERATIONS = {
    "score": Operation(handle=lambda r, c: Scored(scores=()), request=Score, response=Scored),
    "find": Operation(handle=lambda r, c: Scored(scores=()), request=Find, response=Scored),
    "retrain": Operation(handle=lambda r, c: Scored(scores=()), request=Score, response=Scored),
}
OWN = ["/health/live", "/health/ready", "/metrics"]


class Believer:
    """Believes no token; the document does not ask it."""

    def authenticate(self, token):
        raise AssertionError(token)

    verify = authenticate


def _spec(*endpoints, **fields):
    return ServiceSpec(
        agent="s",
        title="Scorer",
        version="6.0",
        description="Scores",
        endpoints=endpoints,
        **fields,
    )


def _document(*endpoints):
    operations = {endpoint.name: OPERATIONS[endpoint.name] for endpoint in endpoints}
    return create_service(_spec(*endpoints), operations, gates=Gates(tokens=Believer())).openapi()


@pytest.mark.positive
def test_the_document_holds_exactly_the_declared_endpoints_and_the_shells_own():
    document = _document(SCORE, FIND, RETRAIN)
    declared = ["/s/v6/score", "/s/v6/find/{subject}", "/s/v6/retrain"]
    assert list(document["paths"]) == declared + OWN
    assert {path: list(item) for path, item in document["paths"].items()} == {
        "/s/v6/score": ["post"],
        "/s/v6/find/{subject}": ["get"],
        "/s/v6/retrain": ["post"],
        **{path: ["get"] for path in OWN},
    }
    assert document["info"] == {"title": "Scorer", "version": "6.0", "description": "Scores"}
    assert document["openapi"] == "3.1.0"


@pytest.mark.positive
def test_two_methods_of_one_path_stand_side_by_side():
    both = [
        EndpointSpec(name="score", path="/s", method="POST", timeout_ms=1),
        EndpointSpec(name="find", path="/s", method="DELETE", timeout_ms=1),
    ]
    assert list(_document(*both)["paths"]["/s"]) == ["post", "delete"]


@pytest.mark.positive
def test_an_endpoint_is_described_with_its_shapes_time_out_and_refusals():
    item = _document(SCORE, FIND)["paths"]["/s/v6/score"]["post"]
    assert (item["operationId"], item["summary"], item["x-timeout-ms"]) == (
        "score",
        "Score pairs",
        500,
    )
    reference = {"$ref": "#/components/schemas/Score"}
    assert item["requestBody"] == {
        "required": True,
        "content": {"application/json": {"schema": reference}},
    }
    assert list(item["responses"]) == ["200", "413", "415", "422", "429", "500", "503", "504"]
    good = item["responses"]["200"]
    assert good["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Scored"}
    assert list(good["headers"]) == ["x-trace-id"]
    problem = item["responses"]["504"]["content"]["application/problem+json"]["schema"]
    assert problem == {"$ref": "#/components/schemas/Problem"}
    assert "security" not in item
    assert "parameters" not in item


@pytest.mark.positive
def test_an_endpoint_without_a_body_has_parameters():
    item = _document(FIND)["paths"]["/s/v6/find/{subject}"]["get"]
    assert item["summary"] == "find"
    assert "requestBody" not in item
    assert [(p["name"], p["in"], p["required"]) for p in item["parameters"]] == [
        ("subject", "path", True),
        ("limit", "query", False),
    ]
    assert item["parameters"][1]["schema"]["default"] == 10
    assert list(item["responses"]) == ["200", "422", "429", "500", "503", "504"]


@pytest.mark.positive
def test_a_role_is_a_security_requirement():
    document = _document(RETRAIN)
    item = document["paths"]["/s/v6/retrain"]["post"]
    assert item["security"] == [{"token": ["governance"]}]
    assert {"401", "403"} <= set(item["responses"])
    assert document["components"]["securitySchemes"] == {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    assert "securitySchemes" not in _document(SCORE)["components"]


@pytest.mark.positive
def test_every_reference_of_the_document_resolves_and_it_is_stable():
    text = json.dumps(_document(SCORE, FIND, RETRAIN))
    schemas = json.loads(text)["components"]["schemas"]
    names = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert names == {"Score", "Pair", "Scored", "Problem"}
    assert names <= set(schemas)
    assert list(schemas) == sorted(schemas)
    assert schemas["Score"]["properties"]["criticality"]["maximum"] == 1.0
    assert json.dumps(_document(SCORE, FIND, RETRAIN)) == text


@pytest.mark.negative
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "Score"}, "endpoint 'Score' is no lower-case name"),
        ({"path": "score"}, "endpoint score: the path 'score' cannot be served"),
        ({"path": "/s/../x y"}, "endpoint score: the path '/s/../x y' cannot be served"),
        ({"path": "/s/{name:path}"}, "endpoint score: the path '/s/{name:path}' cannot be served"),
        ({"path": "/metrics"}, "endpoint score: the path '/metrics' cannot be served"),
        ({"path": "/health/live"}, "endpoint score: the path '/health/live' cannot be served"),
        ({"method": "TRACE"}, "endpoint score: no method 'TRACE'"),
        ({"method": "get"}, "endpoint score: no method 'get'"),
        ({"path": "/s/{name}"}, "endpoint score: POST takes no path parameters"),
        ({"timeout_ms": 0}, "endpoint score: a time-out of 0 ms"),
    ],
)
def test_an_endpoint_that_cannot_be_served_is_refused(fields, message):
    plain = {"name": "score", "path": "/s", "method": "POST", "timeout_ms": 1}
    EndpointSpec(**plain)
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        EndpointSpec(**{**plain, **fields})


@pytest.mark.negative
@pytest.mark.parametrize(
    "fields", [{"name": "other"}, {"path": "/s/v6/other"}, {"path": "/s/v6/other", "method": "PUT"}]
)
def test_endpoints_that_cannot_be_told_apart_are_refused(fields):
    plain = {"name": "score", "path": "/s/v6/score", "method": "POST", "timeout_ms": 1}
    with pytest.raises(ConfigError, match=r"^s: two endpoints share a name or a path and method$"):
        _spec(SCORE, EndpointSpec(**{**plain, **fields}))


@pytest.mark.negative
@pytest.mark.parametrize("limits", [{"threads": 0}, {"max_body_bytes": 0}, {"drain_seconds": -0.1}])
def test_limits_that_let_nothing_through_are_refused(limits):
    _spec(threads=1, max_body_bytes=1, drain_seconds=0.0)
    with pytest.raises(ConfigError, match=r"^s: threads, body size or drain time out of bounds$"):
        _spec(**limits)


@pytest.mark.negative
def test_endpoints_and_operations_must_match():
    reason = r"^s: endpoint without operation, or the reverse: find, score$"
    with pytest.raises(ConfigError, match=reason):
        matched(_spec(SCORE), {"find": OPERATIONS["find"]})


@pytest.mark.negative
def test_a_path_parameter_must_be_a_field_of_the_request():
    wrong = Operation(handle=lambda r, c: r, request=Scored, response=Scored)
    with pytest.raises(ConfigError, match=r"^find: its request has no field 'subject'$"):
        matched(_spec(FIND), {"find": wrong})
