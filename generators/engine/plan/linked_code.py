"""Linked code: which files agents call, and whether those files hold what schemas say of them."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from generators.engine.findings import Finding, Place
from generators.engine.model.agent import Agent, Collection
from generators.engine.model.bindings import BoundFunction, LinkedName, ModuleEntry, ValueSpec
from generators.engine.patterns.library import Library
from generators.engine.patterns.python_types import python_type
from generators.engine.sources.canonical import escape

Places = Mapping[str, Mapping[str, Place]]
Signature = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkedFile:
    """A file that is not generated: where it is read from, and its text.

    `entry` is the digest of the lock entry that holds it, where an extractor wrote it.
    """

    file: str
    text: str
    entry: str = ""


def linked_closure(
    collection: Collection, code: Mapping[str, LinkedFile], facades: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the repository paths of linked code that the agents need, sorted.

    These are what `modules` binds or extends with, what `linkexisting` names, and what those
    files import of each other.

    Args:
        collection: the model.
        code: all linked code by repository path.
        facades: paths that are made by patterns instead.
    """
    waiting = [path for agent in collection.agents for path in linked_paths(agent)]
    found: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in code and path not in found and path not in facades:
            found.add(path)
            waiting += _imported_paths(code[path].text)
    return tuple(sorted(found))


def linked_paths(agent: Agent) -> tuple[str, ...]:
    """Return the repository paths of code that `agent` names."""
    named = (link.path for entry in agent.modules.values() for link in entry.linked)
    listed = (str(link.path) for link in agent.instructions.link_existing)
    return tuple(dict.fromkeys((*named, *listed)))


def check_linked(
    collection: Collection,
    code: Mapping[str, LinkedFile],
    linked: Iterable[str],
    library: Library,
    *,
    places: Places,
    blocked: Mapping[str, tuple[str, ...]],
) -> tuple[tuple[Finding, ...], dict[str, tuple[str, ...]]]:
    """Hold `modules` of each agent against the linked code and the library.

    Args:
        collection: the model.
        code: all linked code by repository path.
        linked: the paths that are needed of it.
        library: the patterns that entries may name.
        places: by agent id, the place of each pointer.
        blocked: why agents are stopped already, by id.

    Returns:
        What is wrong, and why agents are stopped with that counted in.
    """
    known = {path: _parsed(code[path].text) for path in linked}
    stopped = dict(blocked)
    findings: list[Finding] = []
    for agent in collection.agents:
        if agent.agent_id in blocked:
            continue
        found = [
            _finding(agent, problem, places[agent.agent_id])
            for path, entry in agent.modules.items()
            for problem in _entry_problems(entry, path, known, library)
        ]
        findings += found
        if found:
            reasons = (f"{f.code} {f.place}: {f.message}" for f in found)
            stopped[agent.agent_id] = (*stopped.get(agent.agent_id, ()), *reasons)
    return tuple(findings), stopped


@dataclass(frozen=True, kw_only=True, slots=True)
class _Problem:
    code: str
    pointer: str
    message: str
    repair: str


def _finding(agent: Agent, problem: _Problem, places: Mapping[str, Place]) -> Finding:
    pointer = problem.pointer
    while pointer and pointer not in places:
        pointer = pointer.rpartition("/")[0]
    return Finding(
        code=problem.code,
        place=places[pointer],
        pointer=problem.pointer,
        agent=agent.agent_id,
        message=problem.message,
        repair=problem.repair,
    )


def _entry_problems(
    entry: ModuleEntry, path: str, known: Mapping[str, ast.Module | None], library: Library
) -> Iterator[_Problem]:
    if entry.pattern:
        pattern = library.get(entry.pattern)
        if pattern is None or pattern.kind != "module":
            near = library.nearest(entry.pattern, "module") or ("a pattern of generators/patterns",)
            yield _Problem(
                code="PL001",
                pointer=f"{entry.pointer}/pattern",
                message=f"there is no module pattern {entry.pattern!r}",
                repair=f"use {' or '.join(near)}",
            )
    said = "functions" if entry.extracted else "bind"
    waiting = entry.extracted and entry.extracted_path not in known  # asked for as a question
    for function in () if waiting else entry.functions:
        pointer = f"{entry.pointer}/{said}/{escape(function.name)}"
        yield from _function_problems(function, known, pointer)
    if entry.extend is not None:
        yield from _extension_problems(entry.extend, path, known, f"{entry.pointer}/extend")


def _function_problems(
    function: BoundFunction, known: Mapping[str, ast.Module | None], pointer: str
) -> Iterator[_Problem]:
    found, problem = _definition(function.target, known, pointer, (ast.FunctionDef,))
    if problem is not None:
        yield problem
    if not isinstance(found, ast.FunctionDef) or function.returns is None:
        return
    wanted = _wanted_signature(function, function.returns)
    have = _signature(found)
    if have != wanted:
        yield _Problem(
            code="PL003",
            pointer=pointer,
            message=f"{_said(function.target)} is {have}; the schema declares {wanted}",
            repair="correct `functions` in the schema, or the linked code",
        )


def _extension_problems(
    target: LinkedName, path: str, known: Mapping[str, ast.Module | None], pointer: str
) -> Iterator[_Problem]:
    found, problem = _definition(target, known, pointer, (ast.ClassDef,))
    if problem is not None:
        yield problem
    if not isinstance(found, ast.ClassDef):
        return
    generated = path.removesuffix(".py").replace("/", ".")
    tree = known[target.path]
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree or ast.Module(body=[], type_ignores=[]))
        if isinstance(node, ast.ImportFrom) and node.module == generated
        for alias in node.names
    }
    bases = {base.id for base in found.bases if isinstance(base, ast.Name)}
    if not bases & imported:
        yield _Problem(
            code="PL004",
            pointer=pointer,
            message=f"{_said(target)} is no subclass of a class imported from {generated}",
            repair=f"write `class {target.name}(...)` over the class of {generated}",
        )


def _definition(
    target: LinkedName,
    known: Mapping[str, ast.Module | None],
    pointer: str,
    kinds: tuple[type[ast.stmt], ...],
) -> tuple[ast.stmt | None, _Problem | None]:
    """Return what defines a linked name at the top of its module, or why there is nothing."""

    def lacking(message: str, repair: str) -> tuple[None, _Problem]:
        return None, _Problem(code="PL002", pointer=pointer, message=message, repair=repair)

    if target.path not in known:
        return lacking(
            f"the linked code {target.path} is not there",
            f"put it below the folder of linked code, as {target.path}",
        )
    tree = known[target.path]
    if tree is None:
        return lacking(f"{target.path} is no Python that can be read", "mend its syntax")
    for node in tree.body:
        if isinstance(node, kinds) and getattr(node, "name", "") == target.name:
            return node, None
    what = "class" if ast.ClassDef in kinds else "function"
    return lacking(
        f"{target.path} defines no {what} {target.name}",
        f"define it at the top of {target.path}, or correct the name",
    )


def _wanted_signature(function: BoundFunction, returns: ValueSpec) -> str:
    arguments = ", ".join(f"{a.name}: {python_type(a)}" for a in function.arguments)
    return f"({arguments}) -> {python_type(returns)}"


def _signature(node: Signature) -> str:
    """Return the arguments and the result of a function as its annotations say."""
    plain = [*node.args.posonlyargs, *node.args.args]
    shown = [f"{a.arg}: {_annotation(a.annotation)}" for a in plain]
    shown += [f"*{a.arg}" for a in (node.args.vararg,) if a]
    shown += [f"{a.arg} (keyword)" for a in node.args.kwonlyargs]
    shown += [f"**{a.arg}" for a in (node.args.kwarg,) if a]
    return f"({', '.join(shown)}) -> {_annotation(node.returns)}"


def _annotation(node: ast.expr | None) -> str:
    return ast.unparse(node) if node is not None else "(no annotation)"


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _imported_paths(text: str) -> list[str]:
    tree = _parsed(text)
    if tree is None:
        return []
    modules: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
    return [f"{module.replace('.', '/')}.py" for module in modules]


def _said(target: LinkedName) -> str:
    return f"{target.module}:{target.name}"
