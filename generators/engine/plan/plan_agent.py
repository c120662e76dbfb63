"""Plan one agent: every file it gets, and every question its schema leaves open."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from generators.engine.model.agent import Agent, FileRequest, PathRequest
from generators.engine.model.ruling import compile_ruling
from generators.engine.names import RepoPath, module_path
from generators.engine.patterns.library import Library
from generators.engine.patterns.pattern import Pattern
from generators.engine.plan.linked_code import linked_paths
from generators.engine.plan.match import Matches, match_agent
from generators.engine.plan.planned_rules import planned_rules
from generators.engine.plan.questions import ask_questions
from generators.engine.plan.roster import Roster, peers_of, targets_of
from generators.engine.plan.unit_plan import PlannedFile, UnitPlan

META_DOCS = "/meta/default_docs"
"""Where the pointer of a document begins that no schema, but the master template asked for."""

EXTRACTION = "extraction"
"""What stands in place of a pattern's id where an extractor wrote the file, before its entry."""
ENTRY_SHOWN = 12
"""How many digits of an entry's digest a plan cites."""

_ALWAYS = ("agent_runtime",)
_TEST_ALWAYS = ("agent_runtime", "pytest")
_WIRING_ROLES = ("controller", "api_server")
"""Roles of the modules that make the classes of the others, or of their extensions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What planning an agent needs to know besides its schema.

    Attributes:
        library: the patterns.
        namespace: the root namespace.
        facades: pattern id by the path of each facade that the glue knows.
        rootpaths: rootpath by agent id, of all agents of the collection.
        sequence: position in the extraction order, by agent id.
        links_unit: id of the unit that makes the facades.
        blocked: why agents are stopped, by agent id.
        deferred: the user's reasons to leave agents for later, by agent id.
        default_docs: documents of an agent whose schema lists none, each with whether it is
            for agents with endpoints only.
        linked: the file that each linked module is copied from, by its repository path.
        extracted: digest of the lock entry by repository path, of linked modules that an
            extractor wrote.
        roster: the names of all agents.
    """

    library: Library
    namespace: str
    facades: Mapping[str, str]
    rootpaths: Mapping[str, str]
    sequence: Mapping[str, int]
    links_unit: str
    blocked: Mapping[str, tuple[str, ...]]
    deferred: Mapping[str, str]
    default_docs: tuple[tuple[str, bool], ...] = ()
    linked: Mapping[str, str] = field(default_factory=dict)
    extracted: Mapping[str, str] = field(default_factory=dict)
    roster: Roster = field(default_factory=Roster)


def plan_agent(agent: Agent, around: Surroundings) -> UnitPlan:
    """Decide every file of `agent`."""
    agent = with_default_docs(agent, around.default_docs)
    targets = targets_of(agent, around.library, around.roster)
    matches = match_agent(agent, around.library, targets)
    links = linked_modules(agent, around.facades)
    hard = agent.depends_on.hard
    own = own_linked(agent, around.linked)
    shared = [path for path in linked_paths(agent) if path in around.linked and path not in own]
    units = (*((around.links_unit,) if links or shared else ()), *hard)
    allowed = (
        module_path(agent.rootpath),
        *links.values(),
        *(module_path(RepoPath(around.rootpaths[name])) for name in hard),
    )
    ruling = compile_ruling(agent)
    return UnitPlan(
        unit_id=str(agent.agent_id),
        kind="agent",
        label=agent.name,
        rootpath=str(agent.rootpath),
        sequence=around.sequence[agent.agent_id],
        hard=units,
        soft=agent.depends_on.soft,
        files=(
            *_modules(agent, matches, allowed),
            *_documents(agent, matches),
            *_tests(agent, matches, allowed, around.namespace),
            *_folders(agent),
            *_logs(agent),
            *(linked_file(path, agent, around) for path in own),
        ),
        questions=ask_questions(agent, matches, ruling, around.library, around.linked),
        blocked_by=around.blocked.get(agent.agent_id, ()),
        deferred=around.deferred.get(agent.agent_id),
        manifest=str(agent.instructions.manifest) if agent.instructions.manifest else None,
        line_counts={},
        rules=planned_rules(ruling),
        targets=targets,
        peers=peers_of(agent, around.roster, targets),
    )


def with_default_docs(agent: Agent, defaults: tuple[tuple[str, bool], ...]) -> Agent:
    """Return `agent` with the default documents if its schema lists none but modules.

    Args:
        agent: the agent as its schema has it.
        defaults: file names, each with whether only agents with endpoints get it.
    """
    asked = agent.instructions
    if asked.generate_docs or not asked.generate_files:
        return agent
    names = [name for name, served in defaults if agent.endpoints or not served]
    documents = tuple(
        PathRequest(path=agent.rootpath.below(name), purpose="", pointer=f"{META_DOCS}/{name}")
        for name in names
    )
    return replace(agent, instructions=replace(asked, generate_docs=documents))


def linked_modules(agent: Agent, facades: Mapping[str, str]) -> dict[str, str]:
    """Return the dotted module of each facade that `agent` links, by stem."""
    return {
        link.path.stem: module_path(link.path)
        for link in agent.instructions.link_existing
        if link.path in facades
    }


def own_linked(agent: Agent, linked: Mapping[str, str]) -> tuple[str, ...]:
    """Return the linked code inside the agent's own folder, which is installed with it."""
    return tuple(path for path in linked if path.startswith(f"{agent.rootpath}/"))


def linked_file(path: str, agent: Agent, around: Surroundings) -> PlannedFile:
    """Return what an extractor wrote, or the copy of linked code, at a path that `agent` names.

    Args:
        path: its repository path.
        agent: the agent that is cited.
        around: where it is copied from, and which entry of the extraction lock holds it.
    """
    source, entry = around.linked[path], around.extracted.get(path)
    if entry is None:
        return linked_copy(path, agent, source)
    asked = next(e for e in agent.modules.values() if e.extracted_path == path)
    return PlannedFile(
        path=path,
        role="module",
        template="",
        pattern=cited(entry),
        stem=RepoPath(path).stem,
        purpose=f"What an extractor wrote for {asked.name}",
        pointer=_cite(agent, asked.pointer),
        origin="extract",
        module=asked.extracted,
        imports=(),
        traits=(),
        source=source,
    )


def cited(entry: str) -> str:
    """Return how a plan cites an entry of the extraction lock, in place of a pattern."""
    return f"{EXTRACTION}@{entry[:ENTRY_SHOWN]}"


def linked_copy(path: str, agent: Agent, source: str) -> PlannedFile:
    """Return the copy of linked code at `path`, of which `agent` is the first to name some.

    Args:
        path: its repository path.
        agent: the agent that is cited.
        source: the file that it is copied from.
    """
    return PlannedFile(
        path=path,
        role="linked",
        template="",
        pattern="",
        stem=RepoPath(path).stem,
        purpose="Linked code, copied as it is",
        pointer=_cite(agent, _naming_pointer(agent, path)),
        origin="extend" if path in _extensions(agent) else "linkexisting",
        module=module_path(RepoPath(path)),
        imports=(),
        traits=(),
        source=source,
    )


def _extensions(agent: Agent) -> set[str]:
    """Return the files that hold a subclass which is made in place of a generated class."""
    return {entry.extend.path for entry in agent.modules.values() if entry.extend}


def _naming_pointer(agent: Agent, path: str) -> str:
    for entry in agent.modules.values():
        if any(name.path == path for name in entry.linked):
            return entry.pointer
    listed = (link.pointer for link in agent.instructions.link_existing if link.path == path)
    return next(listed, "/modules")


def _extra_imports(agent: Agent, path: str, pattern: Pattern) -> tuple[str, ...]:
    """Return the linked modules that a file may import: those it is bound to, or wires."""
    bound = [function.target.module for function in agent.entry(path).functions]
    wires = pattern.role in _WIRING_ROLES
    extensions = [e.extend.module for e in agent.modules.values() if e.extend and wires]
    return tuple(dict.fromkeys((*bound, *extensions)))


def test_folder(agent: Agent, namespace: str) -> RepoPath:
    """Return where the agent's tests go: its declared folder, else beside the namespace's tests."""
    for request in agent.instructions.create_if_missing:
        if "tests" in request.path.split("/"):
            return request.path
    return RepoPath(f"{namespace}/tests/{agent.rootpath.removeprefix(f'{namespace}/')}")


def _modules(agent: Agent, matches: Matches, allowed: tuple[str, ...]) -> tuple[PlannedFile, ...]:
    files = []
    for file in agent.instructions.generate_files:
        pattern = matches.by_path.get(file.path)
        if pattern is not None:
            files.append(
                PlannedFile(
                    path=str(file.path),
                    role="module",
                    template="module.py.j2",
                    pattern=pattern.reference,
                    stem=file.stem,
                    purpose=file.purpose or pattern.title,
                    pointer=_cite(agent, file.pointer),
                    origin=_origin(agent, file),
                    module=module_path(file.path),
                    imports=(
                        *_ALWAYS,
                        *allowed,
                        *pattern.imports,
                        *_extra_imports(agent, file.path, pattern),
                    ),
                    traits=pattern.traits,
                )
            )
    return tuple(files)


def _origin(agent: Agent, file: FileRequest) -> str:
    """Return `bind` for a module over its owner's code; an extractor's is ours to judge."""
    entry = agent.entry(file.path)
    return "bind" if entry.functions and not entry.extracted else "generatefiles"


def _documents(agent: Agent, matches: Matches) -> tuple[PlannedFile, ...]:
    files = []
    for document in agent.instructions.generate_docs:
        pattern = matches.by_path.get(document.path)
        if pattern is not None:
            files.append(
                PlannedFile(
                    path=str(document.path),
                    role="doc",
                    template="doc.md.j2",
                    pattern=pattern.reference,
                    stem=document.path.stem,
                    purpose=document.purpose or pattern.title,
                    pointer=_cite(agent, document.pointer),
                    origin="meta" if document.pointer.startswith(META_DOCS) else "generatedocs",
                    module="",
                    imports=(),
                    traits=(),
                )
            )
    return tuple(files)


def _tests(
    agent: Agent, matches: Matches, allowed: tuple[str, ...], namespace: str
) -> tuple[PlannedFile, ...]:
    if not agent.instructions.generate_tests:
        return ()
    folder = test_folder(agent, namespace)
    patterns = (matches.by_path.get(file.path) for file in agent.instructions.generate_files)
    return tuple(
        _test(agent, folder.below(f"test_{_test_stem(file)}.py"), file, pattern, allowed)
        for file, pattern in zip(agent.instructions.generate_files, patterns, strict=True)
        if pattern is not None and "test_module.py.j2" in pattern.templates
    )


def _test_stem(file: FileRequest) -> str:
    return "package" if file.stem == "__init__" else file.stem


def _test(
    agent: Agent, path: RepoPath, file: FileRequest, pattern: Pattern, allowed: tuple[str, ...]
) -> PlannedFile:
    return PlannedFile(
        path=str(path),
        role="test",
        template="test_module.py.j2",
        pattern=pattern.reference,
        stem=file.stem,
        purpose=f"Tests of {file.path.name}",
        pointer=_cite(agent, file.pointer),
        origin="postgeneration",
        module="",
        imports=(
            *_TEST_ALWAYS,
            *allowed,
            *pattern.imports,
            *pattern.test_imports,
            *_extra_imports(agent, file.path, pattern),
        ),
        traits=(),
    )


def _folders(agent: Agent) -> tuple[PlannedFile, ...]:
    return tuple(
        _plain(agent, request, f"{request.path}/.gitkeep", "keep", "createifmissing")
        for request in agent.instructions.create_if_missing
    )


def _logs(agent: Agent) -> tuple[PlannedFile, ...]:
    return tuple(
        _plain(agent, request, request.path, "log", "logging")
        for request in agent.instructions.logging
    )


def _plain(agent: Agent, request: PathRequest, path: str, role: str, origin: str) -> PlannedFile:
    return PlannedFile(
        path=str(path),
        role=role,
        template="",
        pattern="",
        stem=request.path.stem,
        purpose=request.purpose,
        pointer=_cite(agent, request.pointer),
        origin=origin,
        module="",
        imports=(),
        traits=(),
    )


def _cite(agent: Agent, pointer: str) -> str:
    if pointer.startswith(META_DOCS):
        return "meta.codegen.schema#/gates/documentation"
    return f"{agent.name}#{pointer}"
