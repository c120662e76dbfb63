"""Writes are atomic, touch nothing that is right already, and never leave the output tree."""

import os
import stat
from pathlib import Path

import pytest

from generators.engine.shell.files import (
    SymlinkError,
    absolute,
    fastest_folder,
    files_below,
    is_file,
    is_writable,
    read_all,
    read_optional,
    refuse_links,
    remove_file,
    scratch_folder,
    subfolders,
    write_if_changed,
    write_secret,
)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_new_file_is_written_with_its_folders_and_plain_mode(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.txt"
    assert write_if_changed(str(path), b"one\n") is True
    assert path.read_bytes() == b"one\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_file_with_the_same_bytes_keeps_its_time_and_inode(tmp_path: Path) -> None:
    path = tmp_path / "c.txt"
    path.write_bytes(b"one\n")
    os.utime(path, ns=(5, 5))
    before = path.stat()
    assert write_if_changed(str(path), b"one\n") is False
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_changed_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "c.txt"
    path.write_bytes(b"one\n")
    assert write_if_changed(str(path), b"two\n") is True
    assert path.read_bytes() == b"two\n"
    assert _names(tmp_path) == ["c.txt"]


def test_interrupted_write_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.txt"
    path.write_bytes(b"one\n")

    def break_off(source: str, target: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", break_off)
    with pytest.raises(KeyboardInterrupt):
        write_if_changed(str(path), b"two\n")
    assert path.read_bytes() == b"one\n"
    assert _names(tmp_path) == ["c.txt"]


def test_link_is_replaced_by_a_file_and_its_target_is_untouched(tmp_path: Path) -> None:
    target = tmp_path / "outside.txt"
    target.write_bytes(b"one\n")
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    assert write_if_changed(str(link), b"one\n") is True
    assert not link.is_symlink()
    assert write_if_changed(str(link), b"two\n") is True
    assert target.read_bytes() == b"one\n"


def test_missing_file_reads_as_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert read_optional(str(tmp_path / "none")) is None
    assert read_optional(str(tmp_path / "file" / "below")) is None
    assert read_optional(str(tmp_path / "file")) == b""


def test_folder_that_is_a_link_is_refused_between_file_and_root(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    root = tmp_path / "out"
    root.mkdir()
    (root / "code").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SymlinkError, match="code is a symbolic link"):
        refuse_links(str(root / "code" / "x.py"), str(root))
    refuse_links(str(root / "docs" / "x.md"), str(root))
    linked_root = tmp_path / "linked"
    linked_root.symlink_to(root)
    refuse_links(str(linked_root / "docs" / "x.md"), str(linked_root))


def test_removing_a_file_removes_the_folders_it_empties_up_to_the_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    path = root / "a" / "b" / "c.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    (root / "a" / "kept.txt").write_bytes(b"")
    assert remove_file(str(path), str(root)) is True
    assert _names(root / "a") == ["kept.txt"]
    assert remove_file(str(root / "a" / "kept.txt"), str(root)) is True
    assert _names(root) == []
    assert root.is_dir()
    assert remove_file(str(path), str(root)) is False


def test_files_come_in_order_without_caches_and_hidden_ones_on_request(tmp_path: Path) -> None:
    for name in ("b.py", "a/z.md", "a/y.py", "__pycache__/x.pyc", ".git/config", "c/.gitkeep"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = [path.removeprefix(f"{tmp_path}/") for path in files_below(str(tmp_path))]
    assert found == ["a/y.py", "a/z.md", "b.py"]
    python = [Path(path).name for path in files_below(str(tmp_path), suffixes=(".py",))]
    assert python == ["y.py", "b.py"]
    hidden = [path.removeprefix(f"{tmp_path}/") for path in files_below(str(tmp_path), hidden=True)]
    assert hidden == [".git/config", "a/y.py", "a/z.md", "b.py", "c/.gitkeep"]
    assert list(files_below(str(tmp_path / "none"))) == []


def test_folders_that_are_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.py").write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert [Path(path).name for path in files_below(str(tmp_path))] == ["a.py"]
    assert subfolders(str(tmp_path)) == ("real",)
    assert subfolders(str(tmp_path / "none")) == ()


def test_only_regular_files_count_as_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert is_file(str(tmp_path / "file"))
    assert not is_file(str(tmp_path / "link"))
    assert not is_file(str(tmp_path))
    assert not is_file(str(tmp_path / "none"))
    assert not is_file(str(tmp_path / "file" / "below"))


def test_contents_are_read_by_path(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"2")
    paths = [str(tmp_path / "a"), str(tmp_path / "b")]
    assert read_all(paths) == {paths[0]: b"1", paths[1]: b"2"}


def test_secret_is_for_its_owner_only_and_the_first_writer_wins(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "key.pem"
    assert write_secret(str(path), b"first") == b"first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert write_secret(str(path), b"second") == b"first"


def test_folder_that_does_not_exist_is_writable_if_one_above_is(tmp_path: Path) -> None:
    assert is_writable(str(tmp_path / "a" / "b"))
    assert is_writable("")


def test_scratch_folder_is_gone_afterwards(tmp_path: Path) -> None:
    parent = tmp_path / "cache"
    with scratch_folder(str(parent), "try-") as folder:
        (Path(folder) / "file").write_bytes(b"")
        assert Path(folder).name.startswith("try-")
    assert _names(parent) == []


def test_absolute_paths_do_not_follow_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute("a/../b") == f"{Path.cwd()}/b"


def test_memory_is_preferred_to_disk_if_there_is_enough_of_it(tmp_path: Path) -> None:
    memory = str(tmp_path)
    space = os.statvfs(memory)
    free = space.f_bavail * space.f_frsize
    assert fastest_folder("disk", memory=memory, needed=1) == memory
    assert fastest_folder("disk", memory=memory, needed=free * 2) == "disk"
    assert fastest_folder("disk", memory=str(tmp_path / "none"), needed=1) == "disk"
