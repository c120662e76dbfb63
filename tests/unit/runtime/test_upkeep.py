"""An operator reaches backups, erasure and dead letters without writing a program."""

import json

import pytest
from agent_runtime.audit import AuditLog
from agent_runtime.bus import SqliteBus
from agent_runtime.clock import ManualClock, system_clock
from agent_runtime.errors import ConfigError
from agent_runtime.memory.layers import open_embedded
from agent_runtime.memory.topology import EpisodicSpec, MemoryTopology
from agent_runtime.personal import PersonalFields
from agent_runtime.upkeep import ERASED, main

TOPOLOGY = MemoryTopology(
    agent="adapter",
    episodic=EpisodicSpec(),
    personal=(PersonalFields(subject="buyer_id", fields=("buyer_name",)),),
)
RECORD = {"buyer_id": "b-1", "buyer_name": "Ada"}


@pytest.fixture
def folder(tmp_path):
    """Return the data folder of an agent that keeps a sealed record in its audit log."""
    folder = tmp_path / "adapter"
    with_layers(folder, lambda layers: record(folder, layers.sealed(RECORD)))
    return folder


def with_layers(folder, use):
    layers = open_embedded(folder / "memory", TOPOLOGY, ManualClock())
    try:
        return use(layers)
    finally:
        layers.close()


def record(folder, detail):
    log = AuditLog(folder / "audit.jsonl", clock=ManualClock())
    log.append("recorded", actor="adapter", subject="d-1", detail=detail, trace_id="t")


def read(folder):
    """Return the audited record with what can be opened of it."""
    log = AuditLog(folder / "audit.jsonl", clock=ManualClock())
    kept = next(each for each in log.records() if each.action == "recorded")
    return with_layers(folder, lambda layers: layers.opened(kept.detail))


def run(capsys, *arguments):
    code = main([str(each) for each in arguments])
    said = capsys.readouterr()
    return code, [json.loads(line) for line in said.out.splitlines()], said.err


@pytest.mark.positive
def test_an_erased_person_is_unreadable_and_the_chain_holds(folder, capsys):
    assert read(folder) == RECORD
    code, (told,), _ = run(capsys, "erase", folder, "b-1", "--by", "officer")
    assert (code, told["key_destroyed"]) == (0, True)
    assert read(folder) == {"buyer_id": "b-1", "buyer_name": "erased"}
    log = AuditLog(folder / "audit.jsonl", clock=system_clock)
    assert log.verify().intact
    erased = [each for each in log.records() if each.action == ERASED]
    assert [(each.actor, each.subject) for each in erased] == [("officer", told["person"])]
    assert "b-1" not in told["person"]


@pytest.mark.positive
def test_erasing_again_says_that_there_was_no_key(folder, capsys):
    run(capsys, "erase", folder, "b-1", "--by", "officer")
    assert run(capsys, "erase", folder, "b-1", "--by", "officer")[1][0]["key_destroyed"] is False


@pytest.mark.positive
def test_a_restored_backup_brings_no_erased_person_back(folder, tmp_path, capsys):
    backup, new = tmp_path / "backup", tmp_path / "new"
    code, (made,), _ = run(capsys, "backup", folder, backup)
    assert (code, run(capsys, "check", backup)[1]) == (0, [made])
    assert not (backup / "memory" / "personal.key").exists()
    run(capsys, "erase", folder, "b-1", "--by", "officer")
    _, erasures, _ = run(capsys, "erasures", folder)
    kept = tmp_path / "erasures.jsonl"
    kept.write_text("".join(json.dumps(line) + "\n" for line in erasures))

    assert run(capsys, "restore", backup, new)[1] == [made]
    with pytest.raises(ConfigError, match=r"put personal\.key back"):
        read(new)
    key = "memory/personal.key"
    (new / key).write_bytes((folder / key).read_bytes())
    assert read(new) == RECORD
    told = run(capsys, "repeat", new, kept, "--by", "officer")
    assert told == (0, [{"persons": 1, "keys_destroyed": 1}], "")
    assert read(new)["buyer_name"] == "erased"
    log = AuditLog(new / "audit.jsonl", clock=system_clock)
    assert log.verify().intact
    assert [each.detail for each in log.records() if each.action == ERASED] == [{"repeated": True}]


@pytest.mark.positive
def test_dead_letters_are_listed_and_replayed(tmp_path, capsys):
    path = tmp_path / "bus.db"
    bus = SqliteBus(path, system_clock, max_attempts=1)

    def fail(_delivery):
        raise RuntimeError("not now")

    bus.subscribe("jobs", "desk", fail)
    sent = [bus.publish("jobs", {"n": n}, key="k") for n in range(2)]
    bus.pump()
    _, letters, _ = run(capsys, "letters", path)
    assert [each["message"] for each in letters] == sent
    assert {(each["consumer"], each["topic"], each["attempts"]) for each in letters} == {
        ("desk", "jobs", 1)
    }
    assert letters[0]["error"] == "RuntimeError: not now"
    assert run(capsys, "replay", path, "desk", sent[0])[1] == [{"replayed": 1}]
    assert run(capsys, "replay", path, "desk")[1] == [{"replayed": 1}]
    assert run(capsys, "letters", path)[1] == []
    bus.close()


@pytest.mark.negative
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["check", "nothing"], "nothing is no complete backup"),
        (["erase", "nothing", "b-1", "--by", "officer"], "nothing holds nothing about persons"),
        (["erasures", "nothing"], "nothing holds nothing about persons"),
        (["letters", "nothing"], "nothing is no bus"),
        (["replay", "nothing", "desk"], "nothing is no bus"),
    ],
)
def test_what_is_not_there_is_refused_and_not_made(tmp_path, capsys, monkeypatch, arguments, why):
    monkeypatch.chdir(tmp_path)
    code, lines, said = run(capsys, *arguments)
    assert (code, lines) == (1, [])
    assert said.startswith(why)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.negative
@pytest.mark.parametrize("text", ["no json", "[1]", '{"other": 1}'])
def test_a_file_that_lists_no_erasures_erases_nobody(folder, tmp_path, capsys, text):
    (tmp_path / "list").write_text(text)
    code, _, said = run(capsys, "repeat", folder, tmp_path / "list", "--by", "officer")
    assert (code, said) == (1, "list is no list of erasures\n")
    assert read(folder) == RECORD


@pytest.mark.negative
def test_an_erasure_needs_somebody_who_answers_for_it(folder, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["erase", str(folder), "b-1"])
    assert ended.value.code == 2
    assert "--by" in capsys.readouterr().err
    assert read(folder) == RECORD
