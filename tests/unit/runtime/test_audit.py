"""The audit chain names its first broken link, and many may write at once."""

import hashlib
import json
import os
import subprocess
import sys
import threading

import pytest
from agent_runtime import audit as audit_module
from agent_runtime.audit import GENESIS, AuditHead, AuditLog, AuditVerdict
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError, MemoryLayerError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "logs" / "audit.jsonl"


@pytest.fixture
def log(path):
    return AuditLog(path, clock=ManualClock(0.0))


def fill(log, count=4):
    for number in range(1, count + 1):
        log.append(
            "acted", actor="tensoraios", subject=f"s{number}", detail={"n": number}, trace_id="t"
        )


def lines(path):
    return path.read_bytes().splitlines(keepends=True)


def forge(line, **changes):
    """Change a record and recompute its digest, as someone who knows the format would."""
    fields = {**json.loads(line), **changes}
    fields.pop("digest")
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    fields["digest"] = hashlib.sha256(text.encode()).hexdigest()
    return (json.dumps(fields, sort_keys=True, separators=(",", ":")) + "\n").encode()


@pytest.mark.positive
def test_a_record_says_who_did_what_to_what_when_and_why(log):
    record = log.append("acted", actor="igor", subject="d-1", detail={"n": 1}, trace_id="t-1")
    assert (record.sequence, record.actor, record.action, record.subject) == (
        1,
        "igor",
        "acted",
        "d-1",
    )
    assert (record.detail, record.trace_id) == ({"n": 1}, "t-1")
    assert record.timestamp == "1970-01-01T00:00:00.000+00:00"
    assert record.previous == GENESIS
    assert list(log.records()) == [record]


def test_each_record_holds_the_digest_of_the_one_before(log):
    fill(log)
    records = list(log.records())
    assert [record.sequence for record in records] == [1, 2, 3, 4]
    assert [record.previous for record in records[1:]] == [record.digest for record in records[:-1]]


def test_the_digest_is_the_sha256_of_the_canonical_record_without_it(log, path):
    fill(log, 1)
    fields = json.loads(path.read_text())
    digest = fields.pop("digest")
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    assert digest == hashlib.sha256(text.encode()).hexdigest()


def test_an_untouched_log_is_intact(log):
    assert log.verify() == AuditVerdict(intact=True, records=0, first_broken=None, reason="")
    fill(log)
    assert log.verify() == AuditVerdict(intact=True, records=4, first_broken=None, reason="")


def broken(log, at, reason):
    assert log.verify() == AuditVerdict(
        intact=False, records=at - 1, first_broken=at, reason=reason
    )


@pytest.mark.negative
def test_a_changed_record_is_found(log, path):
    fill(log)
    path.write_bytes(path.read_bytes().replace(b'"n":2', b'"n":9'))
    broken(log, 2, "does not match its digest")


@pytest.mark.negative
def test_a_changed_record_with_a_new_digest_breaks_the_next_link(log, path):
    fill(log)
    all_lines = lines(path)
    all_lines[1] = forge(all_lines[1], detail={"n": 9})
    path.write_bytes(b"".join(all_lines))
    broken(log, 3, "does not follow from the record before it")


@pytest.mark.negative
def test_a_removed_record_is_found(log, path):
    fill(log)
    all_lines = lines(path)
    path.write_bytes(b"".join([all_lines[0], *all_lines[2:]]))
    broken(log, 2, "has the number 3")


@pytest.mark.negative
def test_a_reordered_log_is_found(log, path):
    fill(log)
    a, b, c, d = lines(path)
    path.write_bytes(a + c + b + d)
    broken(log, 2, "has the number 3")


@pytest.mark.negative
def test_an_inserted_record_is_found(log, path):
    fill(log)
    all_lines = lines(path)
    inserted = forge(all_lines[1], previous=json.loads(all_lines[0])["digest"], action="forged")
    path.write_bytes(b"".join([all_lines[0], inserted, *all_lines[1:]]))
    broken(log, 3, "has the number 2")


@pytest.mark.negative
@pytest.mark.parametrize(
    ("garbage", "reason"),
    [
        (b"{\n", "is no record"),
        (b"[]\n", "is no record"),
        (b"{}\n", "is no record"),
        (b'{"detail":{},"sequence":"3"}\n', "is no record"),
        (b'{"detail":[],"sequence":3}\n', "is no record"),
        (b'{"detail":{"a":NaN},"sequence":3}\n', "is no record"),
        (b'{"detail":{"a":"\xff"},"sequence":3}\n', "is no record"),
        (b'{"detail": {},"sequence":3}\n', "is not in canonical form"),
        (b"torn", "is cut short"),
    ],
)
def test_a_line_that_is_no_record_is_found(log, path, garbage, reason):
    fill(log, 2)
    with path.open("ab") as file:
        file.write(garbage)
    broken(log, 3, reason)


@pytest.mark.negative
def test_a_cut_off_end_is_seen_against_a_checkpoint_only(log, path):
    fill(log)
    checkpoint = log.head()
    assert checkpoint == AuditHead(sequence=4, digest=list(log.records())[-1].digest)
    assert log.verify(checkpoint).intact
    path.write_bytes(b"".join(lines(path)[:2]))
    fresh = AuditLog(path, clock=ManualClock())
    assert fresh.verify().intact
    assert fresh.verify(checkpoint) == AuditVerdict(
        intact=False, records=2, first_broken=3, reason="cut off: the checkpoint has 4 records"
    )


@pytest.mark.negative
def test_a_log_rewritten_from_the_start_differs_from_its_checkpoint(log, path):
    fill(log, 3)
    checkpoint = log.head()
    path.unlink()
    other = AuditLog(path, clock=ManualClock(5.0))
    fill(other, 5)
    assert other.verify().intact
    assert other.verify(checkpoint) == AuditVerdict(
        intact=False, records=2, first_broken=3, reason="differs from checkpoint"
    )


def test_a_log_grown_since_its_checkpoint_is_intact(log):
    fill(log, 2)
    checkpoint = log.head()
    fill(log, 2)
    assert log.verify(checkpoint) == AuditVerdict(
        intact=True, records=4, first_broken=None, reason=""
    )


def test_an_empty_log_agrees_with_the_checkpoint_of_an_empty_log(log):
    assert log.head() == AuditHead(sequence=0, digest=GENESIS)
    assert log.verify(log.head()).intact
    fill(log, 1)
    assert log.verify(AuditHead(sequence=0, digest=GENESIS)).intact


def test_a_log_is_continued_after_a_restart(log, path):
    fill(log, 2)
    again = AuditLog(path, clock=ManualClock())
    record = again.append("acted", actor="a", subject="s", detail={}, trace_id="t")
    assert record.sequence == 3
    assert again.verify() == AuditVerdict(intact=True, records=3, first_broken=None, reason="")


def test_two_openers_see_what_the_other_wrote(path):
    one, two = AuditLog(path, clock=ManualClock()), AuditLog(path, clock=ManualClock())
    for log in (one, two, two, one):
        log.append("acted", actor="a", subject="s", detail={}, trace_id="t")
    assert one.head() == two.head()
    assert one.verify().records == 4


@pytest.mark.negative
def test_nothing_is_added_to_a_log_whose_end_was_tampered_with(log, path):
    fill(log, 2)
    all_lines = lines(path)
    path.write_bytes(all_lines[0] + forge(all_lines[1], sequence=7))
    with pytest.raises(MemoryLayerError, match=r"audit\.jsonl: record 2 has the number 7"):
        AuditLog(path, clock=ManualClock()).append(
            "a", actor="a", subject="s", detail={}, trace_id="t"
        )


@pytest.mark.negative
def test_a_log_that_shrank_under_its_writer_is_not_continued(log, path):
    fill(log, 2)
    path.write_bytes(lines(path)[0])
    with pytest.raises(MemoryLayerError, match="shrank from"):
        fill(log, 1)


def test_a_line_torn_by_a_crash_is_replaced_by_a_note_of_it(log, path):
    fill(log, 2)
    with path.open("ab") as file:
        file.write(b'{"action":"never promi')
    record = AuditLog(path, clock=ManualClock(0.0)).append(
        "acted", actor="a", subject="s", detail={}, trace_id="t"
    )
    assert record.sequence == 4
    note = list(log.records())[2]
    assert (note.action, note.actor, note.subject) == ("audit_recovered", "audit", "audit.jsonl")
    assert note.detail == {
        "bytes": 22,
        "sha256": hashlib.sha256(b'{"action":"never promi').hexdigest(),
    }
    assert log.verify().intact


@pytest.mark.parametrize("failure", ["short", "error", "sync"])
def test_a_record_is_written_whole_or_not_at_all(log, path, monkeypatch, failure):
    fill(log, 2)
    real = os.write

    def short(descriptor, data):
        return real(descriptor, data[:10])

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if failure == "sync":
            patch.setattr(audit_module.os, "fsync", full)
        else:
            patch.setattr(audit_module.os, "write", short if failure == "short" else full)
        with pytest.raises(MemoryLayerError, match=r"only 10 of \d+ bytes|No space left"):
            fill(log, 1)
    assert log.verify() == AuditVerdict(intact=True, records=2, first_broken=None, reason="")
    fill(log, 1)
    assert log.verify().records == 3


@pytest.mark.negative
def test_an_action_and_a_finite_detail_are_required(log):
    with pytest.raises(InputBoundsError, match="needs its action"):
        log.append("", actor="a", subject="s", detail={}, trace_id="t")
    with pytest.raises(InputBoundsError, match=r"detail\.x is not a finite number"):
        log.append("a", actor="a", subject="s", detail={"x": float("nan")}, trace_id="t")
    assert list(log.records()) == []


def test_a_line_break_in_data_stays_inside_its_record(log, path):
    log.append("a", actor="x\ny", subject="\r\u2028", detail={"a\n": "b\n"}, trace_id="t")
    assert len(lines(path)) == 1
    assert next(log.records()).actor == "x\ny"
    assert log.verify().intact


@pytest.mark.negative
def test_a_log_that_cannot_be_opened_is_a_memory_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MemoryLayerError, match=r"audit\.jsonl"):
        AuditLog(tmp_path / "file" / "audit.jsonl", clock=ManualClock())


def test_threads_append_without_breaking_the_chain(log):
    threads = [threading.Thread(target=fill, args=(log, 10)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.verify() == AuditVerdict(intact=True, records=40, first_broken=None, reason="")


APPENDER = """
import sys
from pathlib import Path
from agent_runtime.audit import AuditLog
from agent_runtime.clock import system_clock
log = AuditLog(Path(sys.argv[1]), clock=system_clock)
for number in range(25):
    log.append("acted", actor=sys.argv[2], subject=str(number), detail={}, trace_id="t")
"""


def test_processes_append_without_breaking_the_chain(log, path):
    writers = [
        subprocess.Popen([sys.executable, "-c", APPENDER, str(path), name]) for name in ("p", "q")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert log.verify() == AuditVerdict(intact=True, records=50, first_broken=None, reason="")
    for name in ("p", "q"):
        subjects = [record.subject for record in log.records() if record.actor == name]
        assert subjects == [str(number) for number in range(25)]
