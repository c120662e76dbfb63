"""In a system an agent speaks to those that it is wired to; else it is refused and audited."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.clients.opening import open_http, open_observation, open_packets
from agent_runtime.clients.permits import REFUSED
from agent_runtime.config import Setting, load_settings
from agent_runtime.errors import NotAuthorisedError
from agent_runtime.parts import STANDARD_SETTINGS, AgentParts

WIRING = {"from_agent": "desk", "to_agent": "floor", "connection_type": "api_call"}
DECLARED = (
    *STANDARD_SETTINGS,
    Setting(key="registry", kind="data"),
    Setting(key="wirings", kind="data"),
)


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[AgentParts]:
    shared = {
        "registry": [
            {"agent": name, "base_url": "http://127.0.0.1:9"} for name in ("desk", "floor")
        ],
        "wirings": [WIRING],
    }
    config = tmp_path / "config.yaml"
    config.write_text(json.dumps(shared))
    environ = {
        "L9_CONFIG_FILE": str(config),
        "L9_DESK__DATA__FOLDER": str(tmp_path / "data"),
        "L9_DESK__LOGGING__FOLDER": str(tmp_path / "logs"),
    }
    made = AgentParts("desk", load_settings("desk", DECLARED, environ))
    yield made
    made.close()


def test_what_is_wired_is_opened(parts: AgentParts) -> None:
    open_http(parts, "floor", "http://127.0.0.1:9").close()
    assert list(parts.audit.records()) == []


def test_another_way_to_the_same_agent_is_refused_and_audited(parts: AgentParts) -> None:
    with pytest.raises(NotAuthorisedError, match="desk has no packet_send wiring to floor"):
        open_packets(parts, "floor")
    (record,) = parts.audit.records()
    assert (record.action, record.actor, record.subject) == (REFUSED, "desk", "floor")
    assert record.detail == {"connection": "packet_send"}


def test_nobody_is_observed_without_a_wiring(parts: AgentParts) -> None:
    with pytest.raises(NotAuthorisedError, match="desk has no event_observe wiring to floor"):
        open_observation(parts, ("elsewhere", "floor"))
    (record,) = parts.audit.records()
    assert (record.action, record.detail) == (REFUSED, {"connection": "event_observe"})


def test_what_is_outside_the_system_is_not_judged(parts: AgentParts) -> None:
    open_http(parts, "elsewhere", "http://127.0.0.1:9").close()
    assert list(parts.audit.records()) == []
