"""Decide what an installation writes, removes and must not touch; nothing here touches a disk."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class InstallPlan:
    """What is to be done.

    Attributes:
        write: paths that get new content.
        remove: paths that we made before and do not make any more.
        edited: paths that hold neither what we wrote nor what we would write.
    """

    write: tuple[str, ...]
    remove: tuple[str, ...]
    edited: tuple[str, ...]


def plan_install(
    wanted: Mapping[str, str],
    previous: Mapping[str, str],
    present: Mapping[str, str],
    *,
    volatile: frozenset[str] = frozenset(),
) -> InstallPlan:
    """Compare what should be with what was left and what is there.

    Args:
        wanted: digest of each file to be there, by path.
        previous: digests that the last installation left.
        present: digests of the files that are there now, among all of these paths.
        volatile: paths that live on after they were made; they are made once.
    """
    write: list[str] = []
    edited: list[str] = []
    for path, digest in wanted.items():
        now = present.get(path)
        if now is None:
            write.append(path)
        elif now != digest and path not in volatile:
            (write if now == previous.get(path) else edited).append(path)
    gone = [path for path in previous if path not in wanted and path in present]
    remove = [path for path in gone if present[path] == previous[path]]
    edited += [path for path in gone if present[path] != previous[path] and path not in volatile]
    return InstallPlan(write=tuple(write), remove=tuple(remove), edited=tuple(edited))
