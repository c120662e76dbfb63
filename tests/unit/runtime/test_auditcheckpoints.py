"""Signed checkpoints: history that was rewritten or cut off is seen, whoever rewrote it."""

import contextlib
import io
import json

import pytest
from agent_runtime.audit import AuditHead, AuditLog
from agent_runtime.audit_verify import main
from agent_runtime.auditcheckpoints import (
    KEEP_JOB,
    KEEP_SECONDS,
    AuditCheckpoint,
    AuditKeeper,
    archived_checkpoints,
    verify_log,
)
from agent_runtime.clock import ManualClock
from agent_runtime.errors import MemoryLayerError, NotAuthenticatedError
from agent_runtime.jsontext import canonical_json
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.memory.archive import open_local_archive
from agent_runtime.memory.topology import ArchiveSpec
from agent_runtime.scheduler import TaskScheduler

AGENT = "tensoraios"


@pytest.fixture
def clock():
    return ManualClock(0.0)


@pytest.fixture
def key():
    return SigningKey.generate()


@pytest.fixture
def log(tmp_path, clock):
    return AuditLog(tmp_path / "audit.jsonl", clock=clock)


@pytest.fixture
def archive(tmp_path, clock):
    return open_local_archive(tmp_path / "archive", ArchiveSpec(prefix=AGENT), clock)


@pytest.fixture
def judged(log, archive, key):
    """Return the verdict over the log as it is now on the disk."""
    return lambda: verdict(log, archive, key)


@pytest.fixture
def keeper(log, archive, key, clock):
    return AuditKeeper(AGENT, log, archive, key, clock=clock)


def fill(log, count, subject="s"):
    for number in range(count):
        log.append("acted", actor=AGENT, subject=subject, detail={"n": number}, trace_id="t")


def verdict(log, archive, key):
    return verify_log(log, AGENT, archived_checkpoints(archive), KeyRing.of(key))


def rewritten(tmp_path, count):
    """Replace the log by another whose links all hold."""
    (tmp_path / "audit.jsonl").unlink()
    other = AuditLog(tmp_path / "audit.jsonl", clock=ManualClock(0.0))
    fill(other, count, subject="forged")
    assert other.verify().intact
    return other


@pytest.mark.positive
def test_a_grown_log_agrees_with_all_its_checkpoints(log, archive, key, keeper):
    for count in (3, 2):
        fill(log, count)
        assert keeper.keep() is not None
    fill(log, 1)
    assert [each.head.sequence for each in archived_checkpoints(archive)] == [3, 5]
    assert verdict(log, archive, key).records == 6
    assert verdict(log, archive, key).intact


@pytest.mark.positive
def test_a_checkpoint_says_whose_log_ended_where_and_when(log, keeper, key):
    fill(log, 2)
    checkpoint = keeper.keep()
    assert checkpoint.agent == AGENT
    assert checkpoint.head == log.head()
    assert checkpoint.timestamp == "1970-01-01T00:00:00.000+00:00"
    assert checkpoint.verify(AGENT, KeyRing.of(key)) == key.key_id


@pytest.mark.positive
def test_a_log_that_has_not_grown_gets_no_new_checkpoint(log, archive, keeper):
    assert keeper.keep() is None
    fill(log, 1)
    assert keeper.keep() is not None
    assert keeper.keep() is None
    assert len(archived_checkpoints(archive)) == 1


@pytest.mark.positive
def test_checkpoints_are_kept_on_schedule(tmp_path, log, archive, keeper, clock):
    scheduler = TaskScheduler(tmp_path / "jobs.db", clock)
    keeper.register(scheduler)
    fill(log, 1)
    assert scheduler.job(KEEP_JOB).name == KEEP_JOB
    clock.advance(KEEP_SECONDS)
    scheduler.run_due()
    assert len(archived_checkpoints(archive)) == 1
    scheduler.close()


@pytest.mark.negative
def test_a_rewritten_history_is_found_at_its_first_checkpoint(tmp_path, log, archive, key, keeper):
    fill(log, 2)
    keeper.keep()
    fill(log, 2)
    keeper.keep()
    other = rewritten(tmp_path, 6)
    found = verdict(other, archive, key)
    assert (found.intact, found.records, found.first_broken) == (False, 1, 2)
    assert found.reason == "differs from checkpoint"


@pytest.mark.negative
def test_a_cut_off_end_is_found(tmp_path, log, archive, key, keeper):
    fill(log, 4)
    keeper.keep()
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    found = verdict(log, archive, key)
    assert (found.records, found.first_broken) == (3, 4)
    assert found.reason == "cut off: the checkpoint has 4 records"


@pytest.mark.negative
@pytest.mark.parametrize(
    "edit_and_break",
    [
        (lambda lines: [*lines[:1], *lines[2:]], 2),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 1),
        (lambda lines: [*lines[:2], lines[0], *lines[2:]], 3),
        (lambda lines: [*lines[:3], lines[3].replace(b"acted", b"slept")], 4),
    ],
    ids=["deletion", "reordering", "insertion", "change"],
)
def test_each_kind_of_edit_is_named(tmp_path, log, keeper, judged, edit_and_break):
    fill(log, 4)
    keeper.keep()
    edit, first_broken = edit_and_break
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(edit(path.read_bytes().splitlines(keepends=True))))
    assert judged().first_broken == first_broken


@pytest.mark.negative
def test_a_checkpoint_of_another_key_is_not_believed(log, archive, keeper):
    fill(log, 2)
    keeper.keep()
    found = verdict(log, archive, SigningKey.generate())
    assert not found.intact
    assert found.first_broken == 2
    assert "is not to be believed: the signature is of a key that is not trusted" in found.reason


@pytest.mark.negative
def test_a_checkpoint_of_another_agent_is_not_believed(log, key, clock):
    fill(log, 1)
    foreign = AuditCheckpoint.sign("main_agent", log.head(), key, clock=clock)
    with pytest.raises(NotAuthenticatedError, match="is of 'main_agent', not of 'tensoraios'"):
        foreign.verify(AGENT, KeyRing.of(key))


@pytest.mark.negative
def test_a_changed_checkpoint_is_not_believed(log, key, clock):
    fill(log, 2)
    checkpoint = AuditCheckpoint.sign(AGENT, log.head(), key, clock=clock)
    for name, value in (("sequence", 1), ("digest", "0" * 64), ("timestamp", "later")):
        text = canonical_json({**checkpoint.to_json(), name: value})
        with pytest.raises(NotAuthenticatedError, match="not of this document"):
            AuditCheckpoint.parse(text).verify(AGENT, KeyRing.of(key))


@pytest.mark.negative
def test_two_signed_checkpoints_that_disagree_are_a_fork(log, key, clock):
    fill(log, 2)
    one = AuditCheckpoint.sign(AGENT, log.head(), key, clock=clock)
    other = AuditCheckpoint.sign(AGENT, AuditHead(sequence=2, digest="f" * 64), key, clock=clock)
    found = verify_log(log, AGENT, (one, other), KeyRing.of(key))
    assert (found.first_broken, found.reason) == (2, "two checkpoints disagree")
    assert verify_log(log, AGENT, (one, one), KeyRing.of(key)).intact


@pytest.mark.negative
def test_a_damaged_checkpoint_is_told(archive):
    archive.put("audit/000000000001.json", b'{"sequence": "one"}')
    with pytest.raises(MemoryLayerError, match="checkpoint of the audit log is damaged"):
        archived_checkpoints(archive)


class TestCommand:
    @pytest.fixture
    def arguments(self, tmp_path, key):
        keys = tmp_path / "keys.jwks"
        keys.write_text(json.dumps({"keys": [key.public_jwk()]}))
        return [
            str(tmp_path / "audit.jsonl"),
            "--agent",
            AGENT,
            "--archive",
            str(tmp_path / "archive"),
            "--keys",
            str(keys),
        ]

    @pytest.mark.positive
    def test_an_intact_log_is_said_to_be(self, arguments, log, keeper, capsys):
        fill(log, 3)
        keeper.keep()
        assert main(arguments) == 0
        assert capsys.readouterr().out == "intact: 3 records, held against 1 signed checkpoints\n"

    @pytest.mark.positive
    def test_the_chain_alone_can_be_verified(self, tmp_path, log, capsys):
        fill(log, 3)
        assert main([str(tmp_path / "audit.jsonl"), "--agent", AGENT]) == 0
        assert capsys.readouterr().out == "intact: 3 records, held against no checkpoint\n"

    @pytest.mark.negative
    def test_the_first_broken_link_is_named(self, tmp_path, arguments, log, keeper):
        fill(log, 3)
        checkpoint = keeper.keep()
        assert checkpoint.head.sequence == 3
        rewritten(tmp_path, 3)
        with contextlib.redirect_stdout(io.StringIO()) as said:
            assert main(arguments) == 1
        assert said.getvalue() == "broken at record 3: differs from checkpoint\n"

    @pytest.mark.negative
    def test_what_cannot_be_read_is_neither_intact_nor_broken(
        self, tmp_path, arguments, log, capsys
    ):
        assert main([str(tmp_path / "none.jsonl"), "--agent", AGENT]) == 2
        assert "is no file" in capsys.readouterr().err
        (tmp_path / "keys.jwks").write_text("{}")
        assert main(arguments) == 2
        assert "not a JWKS document" in capsys.readouterr().err
