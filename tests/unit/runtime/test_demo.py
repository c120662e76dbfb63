"""The demonstration teaches an agent over HTTP and asks it about what it was not told."""

import json

import httpx
import pytest
from agent_runtime import demo
from agent_runtime.demo import DemoError, demonstrate, invented_links, main


def operation(shape: str) -> dict[str, object]:
    schema = {"$ref": f"#/components/schemas/{shape}"}
    return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}


class Pupil(httpx.BaseTransport):
    """An agent in memory that counts what it was taught, and then believes in links."""

    def __init__(self, *, forgetful: bool = False, knows_operations: bool = True) -> None:
        self._forgetful = forgetful
        shapes = {"/learn": "RetrainRequest", "/ask": "ScoreRequest"} if knows_operations else {}
        self._paths = {path: operation(shape) for path, shape in shapes.items()}
        self._taught = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/openapi.json":
            return httpx.Response(200, json={"paths": {"/status": {"get": {}}, **self._paths}})
        body = json.loads(request.read())
        if request.url.path == "/ask":
            asked = body["candidates"][1:] if self._forgetful else body["candidates"]
            belief = 0.5 + 0.25 * bool(self._taught)
            return httpx.Response(200, json={"ranking": [{"confidence": belief} for _ in asked]})
        if request.headers.get("authorization") != "Bearer good":
            return httpx.Response(401, json={"title": "token required"})
        self._taught = len(body["links"])
        told = {"epochs": 1, "outcome": f"{self._taught} links", "promoted": True}
        return httpx.Response(200, json={**told, "model_version": "v1"})


def client(pupil: Pupil) -> httpx.Client:
    return httpx.Client(base_url="http://pupil", transport=pupil)


def test_the_lines_tell_what_was_trained_and_what_was_believed() -> None:
    with client(Pupil()) as http:
        lines = demonstrate(http, "good")
    sent = int(lines[0].split()[1])
    assert sent > 300
    assert lines[0] == f"trained   {sent} links, 1 epochs, {sent} links"
    assert lines[1] == "promoted  True as v1"
    assert lines[2].startswith("held out  ")
    assert lines[2].endswith("true links, mean confidence 0.750")
    assert lines[3].startswith("invented  ")


def test_a_refusal_is_told_with_its_status() -> None:
    with client(Pupil()) as http, pytest.raises(DemoError, match=r"/learn answered 401"):
        demonstrate(http, "bad")


def test_an_agent_without_such_operations_is_named() -> None:
    pupil = Pupil(knows_operations=False)
    with client(pupil) as http, pytest.raises(DemoError, match="takes a RetrainRequest"):
        demonstrate(http, "good")


def test_an_answer_about_fewer_links_is_not_accepted() -> None:
    with client(Pupil(forgetful=True)) as http, pytest.raises(DemoError, match="number of"):
        demonstrate(http, "good")


def test_invented_links_exist_nowhere() -> None:
    links = [("a", "R", "1"), ("b", "R", "2"), ("c", "S", "3")]
    known = frozenset({*links, ("b", "R", "1")})
    assert invented_links(links, known) == (("a", "R", "2"),)


def test_a_server_that_is_not_there_is_an_error_not_a_crash(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--url", "http://127.0.0.1:9", "--token", "x"]) == 1
    assert "refused" in capsys.readouterr().err.lower()


def test_the_command_prints_what_it_did(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    http = client(Pupil())
    monkeypatch.setattr(demo.httpx, "Client", lambda **_options: http)
    assert main(["--url", "http://pupil", "--token", "good"]) == 0
    assert capsys.readouterr().out.count("\n") == 4
