"""The open parts of an agent: one folder, all stores, health and status."""

import json
import threading

import pytest
from agent_runtime.auditcheckpoints import KEEP_JOB, archived_checkpoints, verify_log
from agent_runtime.clock import ManualClock
from agent_runtime.config import Setting, load_settings
from agent_runtime.errors import ConfigError, MemoryLayerError, NotAuthenticatedError
from agent_runtime.flags import GOVERNANCE_ENFORCEMENT, Flags
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.memory.archive import open_local_archive
from agent_runtime.memory.topology import ArchiveSpec, EpisodicSpec, MemoryTopology, WorkingSpec
from agent_runtime.metrics import MetricSpec
from agent_runtime.parts import EXPIRY_JOB, PURGE_JOB, STANDARD_SETTINGS, AgentParts
from agent_runtime.scheduler import Interval
from agent_runtime.shapes.base import Call
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.tokens import TokenIssuer

CALL = Call(trace_id=TRACE)
GOVERNANCE = {"mode": "hybrid", "enforced": True, "pending_escalations": 2}


def _settings(tmp_path, **more):
    environ = {
        "L9_SCORER__DATA__FOLDER": str(tmp_path / "data"),
        "L9_SCORER__LOGGING__FOLDER": str(tmp_path / "logs"),
        **more,
    }
    return load_settings("scorer", STANDARD_SETTINGS, environ)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def open_parts(tmp_path, clock):
    opened = []

    def open_some(settings=None, **options):
        parts = AgentParts("scorer", settings or _settings(tmp_path), clock=clock, **options)
        opened.append(parts)
        return parts

    yield open_some
    for parts in opened:
        parts.close()


@pytest.mark.positive
def test_all_stores_lie_in_the_data_folder(open_parts, tmp_path):
    parts = open_parts()
    assert parts.agent == "scorer"
    assert parts.folder == tmp_path / "data"
    assert parts.models == tmp_path / "data" / "models"
    assert parts.links is parts.links
    assert parts.trainings.parent == parts.models.parent == parts.folder
    assert parts.outcomes is parts.outcomes
    assert parts.sightings is parts.sightings
    parts.retraining.save(parts.retraining.load())
    names = {path.name for path in parts.folder.iterdir() if path.suffix != ".lock"}
    assert names >= {
        "bus.db",
        "escalations.db",
        "jobs.db",
        "tokens.db",
        "links.db",
        "outcomes.db",
        "world.db",
    }
    assert "retraining.json" in names
    assert (tmp_path / "logs" / "scorer.log").exists()


@pytest.mark.positive
def test_links_and_sightings_are_opened_only_when_asked_for(open_parts):
    parts = open_parts()
    parts.close()
    assert not (parts.folder / "links.db").exists()
    assert not (parts.folder / "world.db").exists()


@pytest.mark.positive
def test_declared_channels_metrics_layers_and_flags_take_effect(open_parts, tmp_path):
    parts = open_parts(
        channels={"serving": "a/serving.log"},
        metrics=[MetricSpec(name="accuracy", kind="gauge", help="Share of hits")],
        topology=MemoryTopology(
            agent="scorer", episodic=EpisodicSpec(index_by=(), retention_days=1, purpose="p")
        ),
        flags=Flags(off=frozenset({GOVERNANCE_ENFORCEMENT})),
    )
    assert parts.logs.channels == ("serving",)
    assert (tmp_path / "logs" / "a" / "serving.log").exists()
    assert parts.metrics.names == ("accuracy",)
    assert parts.layers.episodic is not None
    assert parts.layers.working is None
    assert not parts.flags.enabled(GOVERNANCE_ENFORCEMENT)


@pytest.mark.positive
def test_log_lines_below_the_configured_level_are_not_written(open_parts, tmp_path):
    parts = open_parts(_settings(tmp_path, L9_SCORER__LOGGING__LEVEL="WARNING"))
    parts.logs.channel("agent").info("quiet")
    parts.logs.channel("agent").warning("loud")
    (line,) = (tmp_path / "logs" / "scorer.log").read_text().splitlines()
    assert json.loads(line)["event"] == "loud"


@pytest.mark.positive
def test_tokens_of_trusted_keys_for_this_agent_are_believed(open_parts, tmp_path, clock):
    key = SigningKey.generate()
    jwks = json.dumps({"keys": [key.public_jwk()]})
    parts = open_parts(_settings(tmp_path, L9_SCORER__TOKENS__KEYS=jwks))
    issuer = TokenIssuer(key, clock=clock)
    token = issuer.issue("Igor", ["governance"], "scorer", 60)
    assert parts.verifier.verify(token, "governance").subject == "Igor"
    with pytest.raises(NotAuthenticatedError, match="used before"):
        parts.verifier.verify(token, "governance")
    with pytest.raises(NotAuthenticatedError, match="another audience"):
        parts.verifier.verify(issuer.issue("Igor", ["governance"], "other", 60), "governance")


@pytest.mark.negative
def test_without_trusted_keys_no_token_is_believed(open_parts, clock):
    token = TokenIssuer(SigningKey.generate(), clock=clock).issue("Eve", ["x"], "scorer", 60)
    with pytest.raises(NotAuthenticatedError):
        open_parts().verifier.verify(token, "x")


@pytest.mark.positive
def test_the_status_tells_health_model_governance_and_flags(open_parts):
    parts = open_parts(flags=Flags(off=frozenset({GOVERNANCE_ENFORCEMENT})))
    status = parts.status(CALL, version="6.0", governance=GOVERNANCE, model="000001")
    assert status.model_dump() == {
        "agent": "scorer",
        "version": "6.0",
        "status": "ready",
        "trace_id": TRACE,
        "model_version": "000001",
        "failing": (),
        "governance_mode": "hybrid",
        "governance_enforced": True,
        "pending_escalations": 2,
        "flags_off": (GOVERNANCE_ENFORCEMENT,),
    }


@pytest.mark.negative
def test_lost_log_lines_degrade_the_agent(open_parts, clock):
    parts = open_parts()
    parts.logs.close()
    parts.logs.channel("agent").info("late")
    status = parts.status(
        CALL, version="6", governance={**GOVERNANCE, "enforced": False}, model=None
    )
    assert (status.status, status.failing) == ("degraded", ("logs",))
    assert (status.governance_enforced, status.model_version) == (False, None)
    assert parts.health.report().checks[-1].detail == "1 log lines could not be written"
    parts.health.drain()
    assert parts.status(CALL, version="6", governance=GOVERNANCE, model=None).status == "draining"


@pytest.mark.negative
def test_a_memory_layer_or_scheduler_that_fails_is_told(open_parts, clock, monkeypatch):
    parts = open_parts()

    def fail(*_given):
        raise MemoryLayerError("gone")

    monkeypatch.setattr(parts.scheduler, "_look_fault", MemoryLayerError("gone"))
    assert parts.health.report().status == "degraded"
    clock.advance(1.0)
    monkeypatch.setattr(type(parts.layers), "validate", fail)
    assert parts.health.report().status == "not_ready"


@pytest.mark.positive
def test_background_work_runs_jobs_and_delivers_messages_until_closed(open_parts, clock):
    parts, ran, heard = open_parts(), threading.Event(), threading.Event()
    parts.scheduler.register("job", Interval(seconds=1.0), lambda run: ran.set())
    parts.bus.subscribe("events.x.y", "listener", lambda delivery: heard.set())
    clock.advance(1.0)
    parts.start()
    parts.start()
    parts.bus.publish("events.x.y", {"n": 1}, key="k")
    assert heard.wait(10.0)
    assert ran.wait(10.0)
    names = [thread.name for thread in threading.enumerate()]
    assert (names.count("bus"), names.count("scheduler")) == (1, 1)
    parts.close()
    names = [thread.name for thread in threading.enumerate()]
    assert (names.count("bus"), names.count("scheduler")) == (0, 0)


@pytest.mark.negative
def test_settings_that_cannot_be_used_are_refused(tmp_path):
    free = Setting(key="logging.level", default="LOUD")
    declared = [*(s for s in STANDARD_SETTINGS if s.key != "logging.level"), free]
    environ = {
        "L9_SCORER__DATA__FOLDER": str(tmp_path),
        "L9_SCORER__LOGGING__FOLDER": str(tmp_path),
    }
    with pytest.raises(ConfigError, match=r"^logging.level 'LOUD' is none of DEBUG, INFO, "):
        AgentParts("scorer", load_settings("scorer", declared, environ))
    with pytest.raises(ConfigError, match="trusted keys"):
        AgentParts("scorer", _settings(tmp_path, L9_SCORER__TOKENS__KEYS="x"))


def test_upkeep_expires_escalations_and_purges_memory_on_schedule(open_parts, clock, tmp_path):
    parts = open_parts(topology=MemoryTopology(agent="scorer", working=WorkingSpec(keyspace="s:*")))
    bench = AgentBench(tmp_path, agent="scorer")
    parts.keep_up(bench.governance)
    names = {job.name for job in parts.scheduler.jobs()}
    assert names == {EXPIRY_JOB, PURGE_JOB, KEEP_JOB}
    bench.governance.escalate("d-1", "a person asked", "high", trace_id=TRACE)
    bench.clock.advance(3_600.0)
    parts.layers.require_working().put("s:one", 1)
    clock.advance(3_600.0)
    outcomes = parts.scheduler.run_due()
    assert {outcome.result for outcome in outcomes} == {"succeeded"}
    (expired,) = [r for r in bench.audit.records() if r.action == "governance.expired"]
    assert expired.trace_id in {outcome.trace_id for outcome in outcomes}
    assert parts.layers.purge() == 0
    with pytest.raises(ConfigError, match=EXPIRY_JOB):
        parts.keep_up(bench.governance)


@pytest.mark.positive
def test_an_agent_keeps_its_identity(open_parts):
    first = open_parts()
    first.close()
    assert open_parts().identity.key_id == first.identity.key_id


@pytest.mark.positive
@pytest.mark.parametrize("declared", [True, False], ids=["archive", "no_archive"])
def test_the_audit_log_is_signed_whether_or_not_there_is_an_archive(open_parts, clock, declared):
    archive = ArchiveSpec(prefix="scorer")
    topology = MemoryTopology(agent="scorer", archive=archive if declared else None)
    parts = open_parts(topology=topology)
    parts.audit.append("acted", actor="scorer", subject="s", detail={}, trace_id=TRACE)
    parts.keeper.keep()
    folder = parts.folder / ("memory/archive" if declared else "checkpoints")
    kept = archived_checkpoints(open_local_archive(folder, archive, clock))
    assert [checkpoint.head.sequence for checkpoint in kept] == [1]
    assert verify_log(parts.audit, "scorer", kept, KeyRing.of(parts.identity)).intact


def test_agents_with_one_bus_file_hear_each_other(tmp_path, clock):
    shared = str(tmp_path / "shared" / "bus.db")
    scorer = AgentParts("scorer", _settings(tmp_path, L9_SCORER__BUS__FILE=shared), clock=clock)
    environ = {
        "L9_OTHER__DATA__FOLDER": str(tmp_path / "other"),
        "L9_OTHER__LOGGING__FOLDER": str(tmp_path / "other" / "logs"),
        "L9_OTHER__BUS__FILE": shared,
    }
    other = AgentParts("other", load_settings("other", STANDARD_SETTINGS, environ), clock=clock)
    heard = []
    other.bus.subscribe("greetings", "other", lambda sent: heard.append(sent.message))
    scorer.bus.publish("greetings", {"hello": True}, key="k")
    other.bus.pump()
    assert heard == [{"hello": True}]
    scorer.close()
    other.close()
