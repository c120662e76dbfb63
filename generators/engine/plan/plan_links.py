"""Plan the shared links: thin facades at the paths that several agents link to."""

from collections.abc import Iterable, Mapping

from generators.engine.model.agent import Agent
from generators.engine.names import RepoPath, module_path
from generators.engine.patterns.library import Library
from generators.engine.patterns.pattern import Pattern
from generators.engine.plan.linked_code import linked_paths
from generators.engine.plan.plan_agent import linked_copy, own_linked
from generators.engine.plan.unit_plan import PlannedFile, UnitPlan


def links_unit_id(collection: str) -> str:
    """Return the id of the unit that makes the facades of `collection`."""
    return f"{collection}.links"


def plan_links(
    collection: str,
    agents: Iterable[Agent],
    facades: Mapping[str, str],
    library: Library,
    namespace: str,
    *,
    linked: Mapping[str, str],
) -> UnitPlan | None:
    """Decide the facades and the copies of linked code that agents share; None if there is none."""
    files: dict[str, PlannedFile] = {}
    building = list(agents)
    owned = {path for agent in building for path in own_linked(agent, linked)}
    for agent in building:
        if any(path in linked for path in linked_paths(agent)):
            for path in linked:
                if path not in owned and path not in files:
                    files[path] = linked_copy(path, agent, linked[path])
    for agent in building:
        for link in agent.instructions.link_existing:
            pattern = library.get(facades.get(link.path, ""))
            if pattern is not None and link.path not in files:
                citation = f"{agent.name}#{link.pointer}"
                files[link.path] = _facade(link.path, citation, pattern)
                test = _facade_test(link.path, citation, pattern, namespace)
                files[test.path] = test
    if not files:
        return None
    return UnitPlan(
        unit_id=links_unit_id(collection),
        kind="links",
        label="shared links",
        rootpath="",
        sequence=0,
        hard=(),
        soft=(),
        files=tuple(sorted(files.values(), key=lambda file: (file.role, file.path))),
        questions=(),
        blocked_by=(),
        deferred=None,
        manifest=None,
        line_counts={},
    )


def facade_test_path(path: str, namespace: str) -> str:
    """Return the path of the test of the facade at `path`."""
    inner = path.removeprefix(f"{namespace}/").removesuffix(".py").replace("/", "_")
    return f"{namespace}/tests/links/test_{inner}.py"


def _facade(path: RepoPath, pointer: str, pattern: Pattern) -> PlannedFile:
    return PlannedFile(
        path=str(path),
        role="facade",
        template="module.py.j2",
        pattern=pattern.reference,
        stem=path.stem,
        purpose=pattern.title,
        pointer=pointer,
        origin="linkexisting",
        module=module_path(path),
        imports=("agent_runtime", *pattern.imports),
        traits=pattern.traits,
    )


def _facade_test(path: RepoPath, pointer: str, pattern: Pattern, namespace: str) -> PlannedFile:
    module = module_path(path)
    return PlannedFile(
        path=facade_test_path(path, namespace),
        role="test",
        template="test_module.py.j2",
        pattern=pattern.reference,
        stem=path.stem,
        purpose=f"Tests of {path}",
        pointer=pointer,
        origin="linkexisting",
        module="",
        traits=(),
        imports=("agent_runtime", "pytest", module, *pattern.imports, *pattern.test_imports),
    )
