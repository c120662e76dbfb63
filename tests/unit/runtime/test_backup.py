"""A backup is a committed state of every store, checked before anything is restored."""

import json
import stat
import threading

import pytest
from agent_runtime.audit import AuditLog
from agent_runtime.backup import INDEX, back_up, check_backup, restore
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError, MemoryLayerError
from agent_runtime.identity import open_identity
from agent_runtime.memory.layers import open_embedded
from agent_runtime.memory.topology import ArchiveSpec, EpisodicSpec, MemoryTopology, WorkingSpec

TOPOLOGY = MemoryTopology(
    agent="tensoraios",
    working=WorkingSpec(keyspace="tensoraios:working:*"),
    episodic=EpisodicSpec(),
    archive=ArchiveSpec(prefix="tensoraios"),
)
CLOCK = ManualClock(0.0)


@pytest.fixture
def stores(tmp_path):
    """Return the folder of an agent whose stores are open and hold something."""
    folder = tmp_path / "agent"
    layers = open_embedded(folder / "memory", TOPOLOGY, CLOCK)
    layers.working.put("k", {"n": 1})
    layers.archive.put("a/b", b"bytes")
    AuditLog(folder / "audit.jsonl", clock=CLOCK).append(
        "acted", actor="a", subject="s", detail={}, trace_id="t"
    )
    open_identity(folder / "identity.pem")
    yield folder
    layers.close()


@pytest.mark.positive
def test_what_was_stored_is_there_after_a_restore(stores, tmp_path):
    report = back_up(stores, tmp_path / "backup", clock=CLOCK)
    assert report.made_at == "1970-01-01T00:00:00.000+00:00"
    assert check_backup(tmp_path / "backup") == report
    assert restore(tmp_path / "backup", tmp_path / "new") == report
    layers = open_embedded(tmp_path / "new" / "memory", TOPOLOGY, CLOCK)
    assert layers.working.get("k") == {"n": 1}
    assert layers.archive.get("a/b") == b"bytes"
    layers.close()
    assert AuditLog(tmp_path / "new" / "audit.jsonl", clock=CLOCK).verify().records == 1
    key = tmp_path / "new" / "identity.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_bytes() == (stores / "identity.pem").read_bytes()


@pytest.mark.positive
def test_nothing_beside_the_stores_is_copied(stores, tmp_path):
    (stores / "link").symlink_to(stores / "audit.jsonl")
    back_up(stores, tmp_path / "backup", clock=CLOCK)
    names = {found.name for found in (tmp_path / "backup").rglob("*") if found.is_file()}
    assert not any(name.endswith(("-wal", "-shm", ".lock")) for name in names)
    assert "link" not in names
    assert {"working.db", "episodic.db", "audit.jsonl", "identity.pem", INDEX} <= names


@pytest.mark.positive
def test_a_backup_under_traffic_is_a_committed_state(tmp_path):
    folder = tmp_path / "agent"
    layers = open_embedded(folder, TOPOLOGY, CLOCK)
    stop = threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            layers.working.put("pair", [number, number])

    layers.working.put("pair", [0, 0])
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            back_up(folder, tmp_path / f"backup{number}", clock=CLOCK)
    finally:
        stop.set()
        writer.join()
        layers.close()
    for number in range(5):
        restore(tmp_path / f"backup{number}", tmp_path / f"new{number}")
        found = open_embedded(tmp_path / f"new{number}", TOPOLOGY, CLOCK)
        one, other = found.working.get("pair")
        assert one == other
        found.close()


@pytest.mark.positive
def test_a_line_that_is_being_written_is_left_out(stores, tmp_path):
    with (stores / "audit.jsonl").open("ab") as file:
        file.write(b'{"half":')
    back_up(stores, tmp_path / "backup", clock=CLOCK)
    assert (tmp_path / "backup" / "audit.jsonl").read_bytes().endswith(b"}\n")


@pytest.mark.positive
def test_a_restore_that_was_interrupted_can_be_done_again(stores, tmp_path):
    back_up(stores, tmp_path / "backup", clock=CLOCK)
    (tmp_path / "new.restoring").mkdir()
    (tmp_path / "new.restoring" / "half").write_text("x")
    (tmp_path / "new").mkdir()
    restore(tmp_path / "backup", tmp_path / "new")
    assert not (tmp_path / "new" / "half").exists()
    assert not (tmp_path / "new.restoring").exists()


@pytest.mark.negative
@pytest.mark.parametrize("damage", ["missing", "changed", "added"])
def test_a_damaged_backup_restores_nothing(stores, tmp_path, damage):
    backup = tmp_path / "backup"
    back_up(stores, backup, clock=CLOCK)
    if damage == "missing":
        (backup / "audit.jsonl").unlink()
    elif damage == "changed":
        (backup / "audit.jsonl").write_bytes(b"{}\n")
    else:
        (backup / "audit.jsonl").rename(backup / "other.jsonl")
    with pytest.raises(MemoryLayerError, match=r"missing, changed or added: .*audit\.jsonl|other"):
        restore(backup, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.negative
@pytest.mark.parametrize("index", [None, "", "[]", '{"files": 3}'])
def test_a_backup_without_its_index_is_not_complete(stores, tmp_path, index):
    backup = tmp_path / "backup"
    back_up(stores, backup, clock=CLOCK)
    (backup / INDEX).unlink()
    if index is not None:
        (backup / INDEX).write_text(index)
    with pytest.raises(MemoryLayerError):
        check_backup(backup)


@pytest.mark.negative
def test_nothing_is_written_over_what_is_there(stores, tmp_path):
    back_up(stores, tmp_path / "backup", clock=CLOCK)
    with pytest.raises(InputBoundsError, match="agent holds something already"):
        restore(tmp_path / "backup", stores)
    with pytest.raises(InputBoundsError, match="backup holds something already"):
        back_up(stores, tmp_path / "backup", clock=CLOCK)
    with pytest.raises(InputBoundsError, match="a backup cannot lie within what it copies"):
        back_up(stores, stores / "inner", clock=CLOCK)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputBoundsError, match="file holds something already"):
        restore(tmp_path / "backup", tmp_path / "file")


@pytest.mark.negative
def test_a_store_that_cannot_be_read_makes_no_backup(stores, tmp_path):
    (stores / "broken.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 4000)
    with pytest.raises(MemoryLayerError, match="the backup was not completed"):
        back_up(stores, tmp_path / "backup", clock=CLOCK)
    assert not (tmp_path / "backup" / INDEX).exists()


@pytest.mark.negative
def test_a_place_that_cannot_be_written_restores_nothing(stores, tmp_path):
    back_up(stores, tmp_path / "backup", clock=CLOCK)
    with pytest.raises(MemoryLayerError, match="nothing was restored"):
        restore(tmp_path / "backup", tmp_path / "backup" / INDEX / "below")


@pytest.mark.positive
def test_the_index_names_every_file_with_its_digest(stores, tmp_path):
    report = back_up(stores, tmp_path / "backup", clock=CLOCK)
    index = json.loads((tmp_path / "backup" / INDEX).read_text())
    assert len(index["files"]) == report.files
    assert all(len(digest) == 64 for digest in index["files"].values())
