"""Plan what belongs to the collection as a whole: by patterns of the kind `system`.

Such a pattern makes one file, one for each edge of a connection type, or one (`each: system`) if
there are agents that could speak to each other.
"""

from collections.abc import Iterator
from typing import Final

from generators.engine.names import RepoPath
from generators.engine.patterns.context import Edge
from generators.engine.patterns.library import Library
from generators.engine.patterns.pattern import Pattern
from generators.engine.plan.unit_plan import PlannedFile, UnitPlan

_SYSTEM: Final = "system"
_TEST_IMPORTS: Final = ("agent_runtime", "pytest")


def system_unit_id(collection: str) -> str:
    """Return the id of the unit that makes the system files of `collection`."""
    return f"{collection}.system"


def plan_system(
    collection: str,
    agents: tuple[str, ...],
    library: Library,
    namespace: str,
    *,
    edges: tuple[Edge, ...] = (),
    served: tuple[str, ...] = (),
) -> UnitPlan | None:
    """Decide the system files; None if no pattern makes one.

    Args:
        collection: name of the collection.
        agents: ids of the agents that are built, in extraction order.
        library: the patterns.
        namespace: the root namespace.
        edges: the wirings that integration tests walk.
        served: ids of the agents that are served.
    """
    names = {"namespace": namespace, "collection": collection}
    files = [
        file
        for pattern in library.patterns
        if pattern.kind == "system"
        for file in _files(pattern, names, edges, served)
    ]
    if not files or not agents:
        return None
    return UnitPlan(
        unit_id=system_unit_id(collection),
        kind="system",
        label="the system",
        rootpath="",
        sequence=0,
        hard=(),
        soft=agents,
        files=tuple(files),
        questions=(),
        blocked_by=(),
        deferred=None,
        manifest=None,
        line_counts={},
    )


def _files(
    pattern: Pattern, names: dict[str, str], edges: tuple[Edge, ...], served: tuple[str, ...]
) -> Iterator[PlannedFile]:
    if not pattern.each or (pattern.each == _SYSTEM and len(served) > 1):
        yield _file(pattern, pattern.path.format(**names), f"meta#{pattern.pattern_id}")
    for edge in edges:
        if edge.connection == pattern.each:
            path = pattern.path.format(**names, caller=edge.caller, callee=edge.callee)
            yield _file(pattern, path, edge.pointer)


def _file(pattern: Pattern, filled: str, pointer: str) -> PlannedFile:
    path = RepoPath(filled)
    tests = filled.endswith(".py")
    return PlannedFile(
        path=str(path),
        role="integration" if tests else "config",
        template="file.j2",
        pattern=pattern.reference,
        stem=path.stem,
        purpose=pattern.title,
        pointer=pointer,
        origin="meta",
        module="",
        imports=_TEST_IMPORTS if tests else (),
        traits=pattern.traits,
    )
