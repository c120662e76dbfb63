"""Plan what belongs to the collection as a whole: one file a pattern of the kind `system`."""

from generators.engine.names import RepoPath
from generators.engine.patterns.library import Library
from generators.engine.plan.unit_plan import PlannedFile, UnitPlan


def system_unit_id(collection: str) -> str:
    """Return the id of the unit that makes the system files of `collection`."""
    return f"{collection}.system"


def plan_system(
    collection: str, agents: tuple[str, ...], library: Library, namespace: str
) -> UnitPlan | None:
    """Decide the system files; None if no pattern makes one.

    Args:
        collection: name of the collection.
        agents: ids of the agents that are built, in extraction order.
        library: the patterns.
        namespace: the root namespace.
    """
    files = []
    for pattern in library.patterns:
        if pattern.kind == "system":
            filled = pattern.path.format(namespace=namespace, collection=collection)
            path = RepoPath(filled)
            files.append(
                PlannedFile(
                    path=str(path),
                    role="config",
                    template="file.j2",
                    pattern=pattern.reference,
                    stem=path.stem,
                    purpose=pattern.title,
                    pointer=f"meta#{pattern.pattern_id}",
                    origin="meta",
                    module="",
                    imports=(),
                    traits=pattern.traits,
                )
            )
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
