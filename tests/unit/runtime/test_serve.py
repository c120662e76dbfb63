"""The serve command: a real process on a loopback port, real HTTP, real signals."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading

import httpx
import pytest
from agent_runtime.serve import StartError, bind, load_app, load_apps, main, serve

APP = """
import threading
from pathlib import Path

from agent_runtime.errors import ConfigError
from agent_runtime.service import EndpointSpec, Operation, ServiceSpec, create_service
from agent_runtime.shapes.base import Shape


class Query(Shape):
    hold: bool = False


class Answer(Shape):
    state: str


def handle(request, call):
    if request.hold:
        Path("holding").write_text("yes")
        release = Path(__file__).with_name("release")  # the test may have left its folder by then
        while not release.exists():
            threading.Event().wait(0.005)
    return Answer(state="fine")


def create_app():
    endpoint = EndpointSpec(name="status", path="/t/v6/status", method="GET", timeout_ms=20000)
    spec = ServiceSpec(
        agent="t", title="T", version="6", endpoints=(endpoint,), drain_seconds=DRAIN
    )
    operation = Operation(handle=handle, request=Query, response=Answer)
    stopped = lambda: Path("stopped").write_text("yes")
    return create_service(spec, {"status": operation}, on_stop=[stopped])


def misconfigured():
    raise ConfigError("setting server.port is required")


def nothing():
    return 5
"""


class Process:
    """A served application; use as a context manager."""

    def __init__(self, folder, *options, drain=10.0):
        (folder / "served_app.py").write_text(APP.replace("DRAIN", str(drain)))
        self.folder = folder
        command = [sys.executable, "-m", "agent_runtime.serve", "served_app:create_app"]
        self.process = subprocess.Popen(
            [*command, "--port", "0", *options],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = json.loads(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.line['port']}"

    def __enter__(self):
        return self

    def __exit__(self, *error):
        (self.folder / "release").touch()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=10)

    def get(self, path):
        return httpx.get(self.url + path, timeout=20.0)

    def hold(self):
        """Ask for an answer that waits for the file `release`; return the thread and its list."""
        answers = []

        def ask():
            try:
                answers.append(self.get("/t/v6/status?hold=true"))
            except httpx.HTTPError as error:
                answers.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        until((self.folder / "holding").exists)
        return thread, answers


def until(condition):
    pause = threading.Event()
    for _ in range(4000):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError("it did not come about")


@pytest.mark.positive
def test_a_served_agent_answers_and_stops_cleanly(tmp_path):
    with Process(tmp_path) as served:
        assert served.line == {
            "event": "listening",
            "agent": "t",
            "host": "127.0.0.1",
            "port": served.line["port"],
        }
        response = served.get("/t/v6/status")
        assert response.json() == {"state": "fine"}
        assert "server" not in response.headers
        assert served.get("/health/ready").status_code == 200
        assert served.get("/openapi.json").json()["paths"]["/t/v6/status"]["get"]
        served.process.send_signal(signal.SIGTERM)
        output, errors = served.process.communicate(timeout=20)
        assert served.process.returncode == 0
        assert (output, errors) == ("", "")
        assert (tmp_path / "stopped").exists()


@pytest.mark.positive
def test_a_signal_drains_not_ready_first_and_the_request_under_way_is_answered(tmp_path):
    with Process(tmp_path, "--grace", "0.5") as served:
        thread, answers = served.hold()
        served.process.send_signal(signal.SIGTERM)
        until(lambda: served.get("/health/ready").status_code == 503)
        assert served.get("/t/v6/status").headers["connection"] == "close"
        (tmp_path / "release").touch()
        thread.join()
        assert answers[0].json() == {"state": "fine"}
        assert served.process.wait(timeout=20) == 0
        with pytest.raises(httpx.ConnectError):
            served.get("/health/live")


@pytest.mark.negative
def test_what_does_not_end_within_the_drain_time_is_given_up(tmp_path):
    with Process(tmp_path, drain=0.0) as served:
        thread, _ = served.hold()
        served.process.send_signal(signal.SIGINT)
        _, errors = served.process.communicate(timeout=20)
        assert served.process.returncode == 0
        assert errors.splitlines()[-1] == "1 operations were given up"
        thread.join()


@pytest.mark.negative
def test_a_second_signal_cuts_the_drain_short(tmp_path):
    with Process(tmp_path, "--grace", "60") as served:
        served.process.send_signal(signal.SIGTERM)
        until(lambda: served.get("/health/ready").status_code == 503)
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(timeout=20) == 0


@pytest.fixture
def target(tmp_path, monkeypatch):
    name = f"served_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(textwrap.dedent(APP).replace("DRAIN", "1.0"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return name


@pytest.mark.positive
def test_a_factory_is_imported_and_called(target):
    app, running = load_app(f"{target}:create_app")
    assert running.spec.agent == "t"
    assert app.state.running is running


SECOND = APP.replace("/t/v6", "/u/v6").replace('agent="t"', 'agent="u"').replace("stopped", "gone")


@pytest.mark.positive
def test_several_agents_are_served_by_one_process(tmp_path):
    (tmp_path / "second_app.py").write_text(SECOND.replace("DRAIN", "1.0"))
    with Process(tmp_path, "second_app:create_app") as served:
        assert served.line["agent"] == "t,u"
        assert served.get("/t/v6/status").json() == {"state": "fine"}
        assert served.get("/u/v6/status").json() == {"state": "fine"}
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(timeout=20) == 0
    assert (tmp_path / "stopped").exists()
    assert (tmp_path / "gone").exists()


@pytest.mark.negative
def test_agents_that_clash_do_not_start(target):
    with pytest.raises(StartError, match="two applications are of the agent t"):
        load_apps([f"{target}:create_app", f"{target}:create_app"])


@pytest.mark.negative
@pytest.mark.parametrize(
    ("suffix", "reason"),
    [
        ("", "is not of the form package.module:factory"),
        (":", "is not of the form package.module:factory"),
        (":a.b", "is not of the form package.module:factory"),
        (":gone", "cannot be imported: "),
        (":misconfigured", ": invalid configuration: setting server.port is required"),
        (":nothing", "returned a int, no service"),
        (":Path", "returned a PosixPath, no service"),
    ],
)
def test_a_target_that_gives_no_service_is_refused(target, suffix, reason):
    with pytest.raises(StartError) as caught:
        load_app(target + suffix)
    assert reason in str(caught.value)
    assert str(caught.value).lstrip("'").startswith(target)


@pytest.mark.negative
def test_a_module_that_is_not_there_is_exit_2_on_one_line(capsys):
    assert main(["no_such_module_here:create_app"]) == 2
    assert capsys.readouterr().err == (
        "no_such_module_here:create_app cannot be imported: No module named 'no_such_module_here'\n"
    )
    with pytest.raises(StartError, match=r"^':create_app' is not of the form"):
        load_app(":create_app")


@pytest.mark.negative
def test_a_port_that_is_taken_is_exit_2(target, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main([f"{target}:create_app", "--port", port]) == 2
    assert capsys.readouterr().err == f"cannot listen on 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.negative
@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_is_none_is_a_usage_error(port, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["x:y", "--port", port])
    assert caught.value.code == 2
    assert "--port" in capsys.readouterr().err


@pytest.mark.positive
def test_a_listener_is_bound_to_the_address_given_and_not_inherited():
    listener = bind("127.0.0.1", 0)
    host, port = listener.getsockname()
    assert host == "127.0.0.1"
    assert port > 0
    assert not os.get_inheritable(listener.fileno())
    listener.close()


@pytest.mark.positive
def test_the_highest_port_is_a_port(target, monkeypatch):
    served = []
    monkeypatch.setattr("agent_runtime.serve.serve", lambda *given: served.append(given))
    monkeypatch.setattr("agent_runtime.serve.bind", lambda host, port: (host, port))
    assert main([f"{target}:create_app", "--port", "65535", "--grace", "2.5"]) == 0
    assert main([f"{target}:create_app", "--host", "127.0.0.2"]) == 0
    assert [(listener, grace) for _, _, listener, grace in served] == [
        (("127.0.0.1", 65535), 2.5),
        (("127.0.0.2", 8000), 0.0),
    ]


def _in_background(url, *steps):
    """Take `steps` one after the other in a thread, each with the served base URL."""
    thread = threading.Thread(target=lambda: [step(url) for step in steps])
    thread.start()
    return thread


def _signal(url):
    os.kill(os.getpid(), signal.SIGTERM)


def _ask(url, path="/t/v6/status"):
    return httpx.get(url + path, timeout=20.0)


@pytest.mark.positive
def test_serving_in_this_process_ends_with_the_signal(target, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    app, running = load_app(f"{target}:create_app")
    listener = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    before = signal.getsignal(signal.SIGTERM)
    answers, ready = [], []

    def wait_until_listening(url):
        until(lambda: capsys.readouterr().out.startswith('{"event": "listening", "agent": "t"'))
        answers.append(_ask(url).json())

    def wait_until_not_ready(url):
        until(lambda: _ask(url, "/health/ready").status_code == 503)
        ready.append(_ask(url).status_code)

    steps = (wait_until_listening, _signal, wait_until_not_ready)
    thread = _in_background(url, *steps)
    serve(app, running, listener, 0.5)
    thread.join()
    assert answers == [{"state": "fine"}]
    assert ready == [200]
    assert (tmp_path / "stopped").exists()
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.negative
def test_given_up_operations_do_not_keep_the_process(target, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exits, answers = [], []
    monkeypatch.setattr("agent_runtime.serve.os._exit", exits.append)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"

    def hold(url):
        until(lambda: capsys.readouterr().out.startswith('{"event": "listening"'))
        answers.append(_ask(url, "/t/v6/status?hold=true").status_code)

    def stop_twice(url):
        until((tmp_path / "holding").exists)
        _signal(url)
        until(lambda: _ask(url, "/health/ready").status_code == 503)
        _signal(url)

    holding, stopping = _in_background(url, hold), _in_background(url, stop_twice)
    assert main([f"{target}:create_app", "--port", str(port), "--grace", "60"]) == 0
    (tmp_path / "release").touch()
    holding.join()
    stopping.join()
    assert exits == [0]
    assert answers == [500]
    assert capsys.readouterr().err.endswith("1 operations were given up\n")
