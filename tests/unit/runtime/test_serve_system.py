"""Serving a system: real processes on loopback, real HTTP, real signals."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from agent_runtime import serve_system
from agent_runtime.clock import ManualClock, system_clock
from agent_runtime.config_file import read_settings_file
from agent_runtime.errors import ConfigError
from agent_runtime.identity import open_identity
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.supervision.process import AgentProcess, StartFailedError
from agent_runtime.supervision.surroundings import (
    Member,
    environment_of,
    members_of,
    on_free_ports,
    trust_file,
)
from agent_runtime.supervision.system import System
from agent_runtime.tokens import TokenIssuer

APP = """
import os
import threading
from pathlib import Path

from agent_runtime.health import HealthBoard
from agent_runtime.service import EndpointSpec, Operation, ServiceSpec, create_service
from agent_runtime.shapes.base import Shape

NOTES = Path(os.environ["NOTES"])


class Query(Shape):
    end: bool = False


class Answer(Shape):
    shared: str
    bus: str


def note(text):
    with NOTES.open("a") as file:
        file.write(text + "\\n")


def make(name, *, on_start=lambda: None, on_stop=lambda: None, healthy=True):
    def handle(request, call):
        if request.end:
            os._exit(3)
        return Answer(shared=os.environ["L9_CONFIG_FILE"], bus=os.environ["L9_BUS_FILE"])

    def start():
        note(f"start {name}")
        on_start()

    def stop():
        note(f"stop {name}")
        on_stop()

    endpoint = EndpointSpec(name="status", path=f"/{name}/v6/status", method="GET", timeout_ms=5000)
    spec = ServiceSpec(agent=name, title="T", version="6", endpoints=(endpoint,))
    board = HealthBoard(clock=lambda: 0.0)
    if not healthy:
        board.drain()
    operation = Operation(handle=handle, request=Query, response=Answer)
    return create_service(
        spec, {"status": operation}, health=board, on_start=[start], on_stop=[stop]
    )


def first():
    return make("first")


def second():
    return make("second")


def broken():
    raise ImportError("no such thing")


def never_ready():
    return make("second", healthy=False)


def stubborn():
    return make("second", on_stop=threading.Event().wait)
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with an application and a shared file of settings; returns it."""
    (tmp_path / "system_app.py").write_text(APP)
    (tmp_path / "shared.yaml").write_text(
        "collection: probe\n"
        "registry:\n"
        "  - {agent: first, base_url: 'http://127.0.0.1:8000'}\n"
        "  - {agent: second, base_url: 'http://127.0.0.1:8001'}\n"
        "  - {agent: third, base_url: nowhere}\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    for name in ("L9_TRUSTED_KEYS", "L9_TRUSTED_KEYS_FILE", "L9_CONFIG_FILE", "L9_BUS_FILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def notes(place):
    return (place / "notes").read_text().split("\n")[:-1]


class Served:
    """The command as a process; a context manager that leaves nothing behind."""

    def __init__(self, place, second="second", *options):
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "agent_runtime.serve_system", "--free-ports"),
                *("--config", str(place / "shared.yaml"), "--folder", str(place / "run")),
                *("first=system_app:first", f"second=system_app:{second}", *options),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self):
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def end(self):
        """Return the exit code and what was said on standard error."""
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.communicate(timeout=60)


def system_of(place, *factories, **options):
    targets = {
        name: f"system_app:{factory}"
        for name, factory in zip(("first", "second"), factories, strict=False)
    }
    config = on_free_ports(
        place / "shared.yaml", place / "run", members_of(place / "shared.yaml", targets)
    )
    return System(
        members_of(config, targets),
        config=config,
        folder=place / "run",
        environ=os.environ,
        **options,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_agents_start_in_order_answer_and_stop_in_reverse(place, number):
    with Served(place) as served:
        ready = [served.line(), served.line()]
        assert [line["agent"] for line in ready] == ["first", "second"]
        assert served.line() == {"event": "system_ready", "agents": 2}
        for line in ready:
            answer = httpx.get(f"{line['url']}/{line['agent']}/v6/status", timeout=20.0).json()
            assert answer["shared"] == str(place / "run/config.yaml")
            assert answer["bus"] == str(place / "run/bus.db")
        served.process.send_signal(number)
        assert served.end() == (0, "")
    assert notes(place) == ["start first", "start second", "stop second", "stop first"]


def test_when_an_agent_ends_the_others_are_stopped_and_it_is_named(place):
    with Served(place) as served:
        _, second, _ = served.line(), served.line(), served.line()
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{second['url']}/second/v6/status?end=true", timeout=20.0)
        code, said = served.end()
    assert code == 1
    assert said.startswith("second ended with 3: ")
    assert notes(place)[-1] == "stop first"


def test_an_agent_that_cannot_start_stops_those_before_it(place):
    with Served(place, "broken") as served:
        assert served.line()["agent"] == "first"
        code, said = served.end()
    assert code == 2
    assert said.startswith("second ended with 2 before it was ready: ")
    assert "no such thing" in said
    assert notes(place) == ["start first", "stop first"]


def test_an_agent_that_is_never_ready_is_given_up(place):
    system = system_of(place, "first", "never_ready", ready_seconds=3.0)
    with pytest.raises(StartFailedError, match="second is not ready after 3 s"), system:
        system.start()
    assert notes(place)[-1] == "stop first"


def test_a_start_is_given_up_when_asked(place):
    system = system_of(place, "first", "second")
    reached = []
    with system:
        assert not system.start(ready=reached.append, unless=lambda: bool(reached))
    assert [member.agent for member in reached] == ["first"]
    assert "stop first" in notes(place)


def test_an_agent_that_does_not_stop_is_ended_and_named(place):
    system = system_of(place, "first", "stubborn", stop_seconds=1.5)
    with system:
        assert system.start()
        assert system.ended() is None
    assert system.forced == ("second",)
    assert notes(place)[-1] == "stop first"


def test_the_port_of_another_program_is_not_taken_for_the_agent(place):
    with system_of(place, "first") as system:
        system.start()
        (member,) = system._members
        again = AgentProcess(member, os.environ, place / "again.log")
        with pytest.raises(StartFailedError, match=r"cannot listen on 127\.0\.0\.1"):
            again.wait_ready(30.0, lambda: False)


class Here:
    """The command in this process; what is to happen when the second agent is ready."""

    def __init__(self, place, monkeypatch, then):
        takers = []
        monkeypatch.setattr(signal, "signal", lambda number, take: takers.append(take))
        told = serve_system._tell

        def tell(member):
            told(member)
            if member.agent == "second":
                then(takers[0], member.url)

        monkeypatch.setattr(serve_system, "_tell", tell)
        self.place = place

    def run(self, second="second", *options):
        place = self.place
        return serve_system.main(
            [
                *("first=system_app:first", f"second=system_app:{second}", *options),
                *("--config", str(place / "shared.yaml"), "--folder", str(place / "run")),
                "--free-ports",
            ]
        )


def ask_to_stop(take, _url):
    take(signal.SIGTERM, None)


def ask_to_die(_take, url):
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{url}/second/v6/status?end=true", timeout=20.0)


def test_what_is_ready_is_told_as_lines_of_json(place, monkeypatch, capsys):
    assert Here(place, monkeypatch, ask_to_stop).run() == 0
    said = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert said == ["ready", "ready", "system_ready"]


def test_an_agent_that_ended_makes_the_command_fail(place, monkeypatch, capsys):
    assert Here(place, monkeypatch, ask_to_die).run() == 1
    assert capsys.readouterr().err.startswith("second ended with 3: ")


def test_an_agent_that_had_to_be_ended_makes_the_command_fail(place, monkeypatch, capsys):
    here = Here(place, monkeypatch, ask_to_stop)
    assert here.run("stubborn", "--stop-seconds", "1.5") == 1
    assert capsys.readouterr().err == "had to be ended: second\n"


def test_addresses_are_those_of_the_registry_unless_ports_are_to_be_free(place):
    targets = {"first": "system_app:first"}
    file = place / "shared.yaml"
    members, config = serve_system._placed(file, place / "run", targets, False)
    assert (members[0].url, config) == ("http://127.0.0.1:8000", file)


def test_an_agent_without_an_address_is_refused(place, capsys):
    for agent in ("third", "nobody"):
        with pytest.raises(ConfigError, match=f"no base_url with a port for {agent}"):
            members_of(place / "shared.yaml", {agent: "system_app:first"})
    config = ["--config", str(place / "shared.yaml"), "--folder", str(place / "run")]
    assert serve_system.main(["third=system_app:first", *config]) == 2
    assert "for third" in capsys.readouterr().err


@pytest.mark.parametrize("member", ["first", "first=system_app", "no agent=a:b"])
def test_a_member_is_an_agent_and_its_application(place, member):
    config = ["--config", str(place / "shared.yaml"), "--folder", str(place / "run")]
    with pytest.raises(SystemExit):
        serve_system.main([member, *config])


def test_free_ports_are_distinct_and_those_who_do_not_run_leave_the_registry(place):
    members = members_of(place / "shared.yaml", {"first": "a:b", "second": "c:d"})
    assert [member.port for member in members] == [8000, 8001]
    copy = on_free_ports(place / "shared.yaml", place / "run", members)
    placed = members_of(copy, {"first": "a:b", "second": "c:d"})
    assert len({8000, 8001, *(member.port for member in placed)}) == 4
    document = read_settings_file(copy)
    assert document["collection"] == "probe"
    assert len(document["registry"]) == 2


def test_a_copy_for_free_ports_names_the_same_register_of_policies(place):
    shared = place / "shared.yaml"
    members = members_of(shared, {"first": "a:b"})
    assert "auditing" not in read_settings_file(on_free_ports(shared, place / "run", members))
    shared.write_text(shared.read_text() + "auditing: {policies: policies.json, days: 3}\n")
    document = read_settings_file(on_free_ports(shared, place / "run", members))
    assert document["auditing"] == {"policies": str(place / "policies.json"), "days": 3}


def test_the_environment_wins_over_what_the_system_sets(tmp_path):
    member = Member(agent="first", target="a:b", host="127.0.0.1", port=1)
    environ = {"L9_FIRST__DATA__FOLDER": "/mine", "L9_TRUSTED_KEYS": "x", "PATH": "/bin"}
    given = environment_of(
        member,
        config=Path("c.yaml"),
        folder=Path("/run"),
        trusted=Path("/run/trusted.jwks"),
        environ=environ,
    )
    assert given == {
        "L9_CONFIG_FILE": "c.yaml",
        "L9_BUS_FILE": "/run/bus.db",
        "L9_FIRST__DATA__FOLDER": "/mine",
        "L9_FIRST__LOGGING__FOLDER": "/run/first/logs",
        "L9_TRUSTED_KEYS_FILE": "/run/trusted.jwks",
        "PATH": "/bin",
    }


def two(tmp_path):
    return [
        Member(agent=name, target="a:b", host="127.0.0.1", port=1) for name in ("first", "second")
    ]


def test_agents_believe_each_other_as_services_and_operators_as_before(tmp_path):
    operator = SigningKey.generate()
    given = json.dumps({"keys": [operator.public_jwk()]})
    elsewhere = tmp_path / "elsewhere"
    environ = {"L9_TRUSTED_KEYS": given, "L9_SECOND__DATA__FOLDER": str(elsewhere)}
    ring = KeyRing.from_jwks(trust_file(two(tmp_path), tmp_path, environ).read_text())
    first = open_identity(tmp_path / "first/identity.pem")
    second = open_identity(elsewhere / "identity.pem")
    assert ring.key_ids == (operator.key_id, first.key_id, second.key_id)
    assert ring.roles_of(operator.key_id) is None
    assert ring.roles_of(first.key_id) == ring.roles_of(second.key_id) == {"service"}
    assert (ring.agent_of(first.key_id), ring.agent_of(second.key_id)) == ("first", "second")
    assert ring.agent_of(operator.key_id) is None
    assert TokenIssuer(first, clock=ManualClock()).issue("first", ("service",), "second", 60)


def test_keys_of_a_file_are_believed_and_those_that_are_none_refused(tmp_path):
    file = tmp_path / "keys.jwks"
    file.write_text(json.dumps({"keys": [SigningKey.generate().public_jwk()]}))
    named = {"L9_TRUSTED_KEYS_FILE": str(file)}
    assert len(json.loads(trust_file(two(tmp_path), tmp_path, named).read_text())["keys"]) == 3
    file.write_text("no keys")
    with pytest.raises(ConfigError, match="trusted keys are not JSON"):
        trust_file(two(tmp_path), tmp_path, named)
    file.unlink()
    with pytest.raises(ConfigError, match="L9_TRUSTED_KEYS_FILE names a file"):
        trust_file(two(tmp_path), tmp_path, named)


def test_the_last_words_of_a_silent_agent(place):
    member = Member(agent="first", target="system_app:first", host="127.0.0.1", port=1)
    process = AgentProcess(member, {}, place / "x/output.log", clock=system_clock)
    try:
        assert process.last_words == "it said nothing"
    finally:
        process.stop(0.0)
