"""An unchanged file is read once, a changed one is always seen, also within a clock tick."""

import hashlib
import json
import os
import time
from pathlib import Path

import pytest

from generators.engine.shell.stats import RACY_NS, StatMemo


def _old(path: Path, content: bytes, *, age_ns: int = 10 * RACY_NS) -> str:
    path.write_bytes(content)
    moment = time.time_ns() - age_ns
    os.utime(path, ns=(moment, moment))
    return hashlib.sha256(content).hexdigest()


def test_digest_is_the_sha256_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    expected = _old(path, b"abc")
    assert StatMemo().digest(str(path)) == expected


def test_unchanged_file_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a"
    _old(path, b"abc")
    memo = StatMemo()
    memo.digest(str(path))
    memo.digest(str(path))
    assert memo.reads == 1


def test_file_as_new_as_its_digest_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    ahead = time.time_ns() + 10_000_000_000
    os.utime(path, ns=(ahead, ahead))
    memo = StatMemo()
    memo.digest(str(path))
    memo.digest(str(path))
    assert memo.reads == 2


def test_same_size_and_time_but_other_inode_is_read_again(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    _old(path, b"abc")
    memo = StatMemo()
    memo.digest(str(path))
    moment = path.stat().st_mtime_ns
    other.write_bytes(b"abd")
    os.utime(other, ns=(moment, moment))
    other.replace(path)
    assert memo.digest(str(path)) == hashlib.sha256(b"abd").hexdigest()


def test_same_time_but_other_size_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    _old(path, b"abc")
    memo = StatMemo()
    memo.digest(str(path))
    moment = path.stat().st_mtime_ns
    path.write_bytes(b"abcd")
    os.utime(path, ns=(moment, moment))
    assert memo.digest(str(path)) == hashlib.sha256(b"abcd").hexdigest()


def test_missing_file_has_no_digest(tmp_path: Path) -> None:
    assert StatMemo().optional(str(tmp_path / "none")) is None
    assert StatMemo().optional(str(tmp_path)) is None
    with pytest.raises(FileNotFoundError):
        StatMemo().digest(str(tmp_path / "none"))


def test_saved_memory_serves_the_next_process(tmp_path: Path) -> None:
    path, store = tmp_path / "a", tmp_path / "cache" / "stats.json"
    expected = _old(path, b"abc")
    first = StatMemo(str(store))
    first.digest(str(path))
    first.save()
    second = StatMemo(str(store))
    assert second.optional(str(path)) == expected
    assert second.reads == 0


def test_memory_that_learnt_nothing_is_not_written(tmp_path: Path) -> None:
    store = tmp_path / "stats.json"
    StatMemo(str(store)).save()
    assert not store.exists()
    StatMemo().save()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"nonsense", b'{"version": 0, "files": {}}', b'{"version": 1}']
)
def test_damaged_or_foreign_memory_is_forgotten(tmp_path: Path, content: bytes) -> None:
    store, path = tmp_path / "stats.json", tmp_path / "a"
    store.write_bytes(content)
    expected = _old(path, b"abc")
    memo = StatMemo(str(store))
    assert memo.digest(str(path)) == expected
    memo.save()
    assert json.loads(store.read_bytes())["version"] == 1
