"""Archived versions never change, and one that did is noticed."""

import hashlib
import threading

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError, MemoryLayerError
from agent_runtime.memory import archive as archive_module
from agent_runtime.memory.archive import ObjectArchive
from agent_runtime.memory.topology import ArchiveSpec
from obstore.store import MemoryStore

from tests.contracts.backends import ARCHIVE

DAY = 86_400
SPEC = ArchiveSpec(prefix="tensoraios", retention_days=30)


@pytest.fixture(params=sorted(ARCHIVE))
def open_store(request):
    return ARCHIVE[request.param]


@pytest.fixture
def clock():
    return ManualClock(1_000.5)


@pytest.fixture
def archive(open_store, tmp_path, clock):
    return open_store(tmp_path / "archive", SPEC, clock)


@pytest.mark.positive
def test_what_is_archived_comes_back(archive):
    stored = archive.put("models/m1.bin", b"abc")
    assert (stored.key, stored.size, stored.stored_ms) == ("models/m1.bin", 3, 1_000_500)
    assert stored.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert stored.version == f"00000001000500-{stored.sha256}"
    assert archive.get("models/m1.bin") == b"abc"
    assert archive.versions("models/m1.bin") == (stored,)


def test_objects_lie_under_the_prefix_of_the_agent(archive, tmp_path):
    stored = archive.put("a", b"x")
    assert (tmp_path / "archive" / "tensoraios" / "a" / stored.version).read_bytes() == b"x"


def test_a_new_version_does_not_touch_the_older_ones(archive, clock):
    first = archive.put("a", b"1")
    clock.advance(5)
    second = archive.put("a", b"2")
    assert archive.get("a") == b"2"
    assert archive.get("a", first.version) == b"1"
    assert archive.versions("a") == (first, second)


def test_versions_of_one_moment_or_of_a_clock_gone_back_keep_order(open_store, archive, tmp_path):
    stored = [archive.put("a", data) for data in (b"1", b"2", b"3")]
    assert [version.stored_ms for version in stored] == [1_000_500, 1_000_501, 1_000_502]
    behind = open_store(tmp_path / "archive", SPEC, ManualClock(5.0))
    assert behind.put("a", b"4").stored_ms == 1_000_503
    assert archive.get("a") == b"4"


def test_the_same_bytes_again_make_no_new_version_unless_others_came_between(archive, clock):
    first = archive.put("a", b"1")
    clock.advance(5)
    assert archive.put("a", b"1") == first
    archive.put("a", b"2")
    clock.advance(5)
    assert archive.put("a", b"1") != first
    assert len(archive.versions("a")) == 3


def test_keys_are_listed_by_prefix_and_do_not_mix(archive):
    for key in ("a", "a/b", "ab", "c/d.json"):
        archive.put(key, b"x")
    assert archive.keys() == ("a", "a/b", "ab", "c/d.json")
    assert archive.keys("a") == ("a", "a/b", "ab")
    assert archive.keys("c/") == ("c/d.json",)
    assert len(archive.versions("a")) == 1


def test_agents_that_share_a_store_do_not_see_each_other(clock):
    store = MemoryStore()
    one = ObjectArchive(store, ArchiveSpec(prefix="one"), clock)
    two = ObjectArchive(store, ArchiveSpec(prefix="one2"), clock)
    one.put("a", b"1")
    two.put("a", b"2")
    assert (one.get("a"), two.get("a")) == (b"1", b"2")
    assert one.keys() == two.keys() == ("a",)
    one.close()


def test_an_empty_object_is_an_object(archive):
    assert archive.put("a", b"").size == 0
    assert archive.get("a") == b""


@pytest.mark.negative
@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "../a", "a/../b", ".hidden", "a b", "x" * 101, "a/" * 16 + "a"]
)
def test_a_key_that_is_no_relative_path_of_plain_names_is_refused(archive, key):
    for use in (
        lambda: archive.put(key, b""),
        lambda: archive.get(key),
        lambda: archive.versions(key),
    ):
        with pytest.raises(InputBoundsError, match="is no relative path of plain names"):
            use()


def test_a_key_may_be_as_long_and_deep_as_the_limits(archive):
    archive.put("x" * 100, b"1")
    archive.put("a/" * 15 + "a", b"2")
    assert archive.get("a/" * 15 + "a") == b"2"


@pytest.mark.negative
def test_unknown_keys_and_versions_are_refused(archive):
    with pytest.raises(InputBoundsError, match="nothing is archived under 'a'"):
        archive.get("a")
    stored = archive.put("a", b"1")
    with pytest.raises(InputBoundsError, match="is no version"):
        archive.get("a", "../../secret")
    other = "1" * 14 + stored.version[14:]
    with pytest.raises(InputBoundsError, match="'a' has no version"):
        archive.get("a", other)


@pytest.mark.negative
def test_bytes_that_changed_on_the_disk_are_noticed(archive, tmp_path):
    stored = archive.put("a", b"1")
    (tmp_path / "archive" / "tensoraios" / "a" / stored.version).write_bytes(b"2")
    with pytest.raises(MemoryLayerError, match="does not match its digest"):
        archive.get("a")


def test_foreign_files_in_the_folder_are_no_versions(archive, tmp_path):
    archive.put("a", b"1")
    (tmp_path / "archive" / "tensoraios" / "a" / "notes.txt").write_text("x")
    assert len(archive.versions("a")) == 1
    assert archive.keys() == ("a",)


def test_a_version_is_kept_for_the_declared_30_days_and_no_longer(archive, clock):
    archive.put("a", b"1")
    clock.advance(1)
    archive.put("a", b"2")
    clock.advance(30 * DAY - 1)
    assert archive.purge() == 0
    clock.advance(0.5)
    assert archive.purge() == 1
    assert [version.sha256 for version in archive.versions("a")] == [
        hashlib.sha256(b"2").hexdigest()
    ]


def test_indefinite_retention_keeps_all(open_store, tmp_path, clock):
    archive = open_store(tmp_path, ArchiveSpec(prefix="a"), clock)
    archive.put("a", b"1")
    clock.advance(100_000 * DAY)
    assert archive.purge() == 0
    assert archive.keys() == ("a",)


@pytest.mark.negative
def test_a_store_that_fails_is_a_memory_error(archive, tmp_path):
    archive.put("a", b"1")
    (tmp_path / "archive" / "tensoraios" / "b").write_text("a file where a folder must be")
    with pytest.raises(MemoryLayerError, match="archive:"):
        archive.put("b", b"1")


@pytest.mark.negative
def test_each_operation_reports_a_store_that_cannot_be_reached(archive, monkeypatch, clock):
    archive.put("a", b"1")

    def unreachable(*_):
        raise OSError("connection refused")

    for name, use in (
        ("put", lambda: archive.put("a", b"2")),
        ("get", lambda: archive.get("a")),
        ("list", archive.keys),
        ("delete", archive.purge),
    ):
        clock.advance(31 * DAY)
        with monkeypatch.context() as patch:
            patch.setattr(archive_module.obstore, name, unreachable)
            with pytest.raises(MemoryLayerError, match="archive: connection refused"):
                use()


def test_threads_that_archive_one_key_lose_no_version(archive):
    threads = [
        threading.Thread(target=archive.put, args=("a", str(number).encode()))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = archive.versions("a")
    assert len(versions) == 8
    assert {archive.get("a", version.version) for version in versions} == {
        str(number).encode() for number in range(8)
    }
