"""Follow objects of given classes through a unit's files, and find the calls that are made on them.

A name or attribute counts as such an object where the syntax tree says so: its annotation names
the class, it is assigned from a call of the class (or of its class methods), or from another such
object. Attributes are known in the whole unit, names only in their file.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from generators.engine.gates.gate import GateInput
from generators.engine.gates.imports import below, local_names
from generators.engine.gates.source import Source

_PASSES = 3
GOVERNANCE = "governance_bridge"
MEMORY = "memory_bridge"
PUBLISHER = "event_publisher"
RUNTIME = "agent_runtime"

_RUNTIME_CLASSES = {
    GOVERNANCE: frozenset({"Governance"}),
    MEMORY: frozenset({"MemoryLayers"}),
    PUBLISHER: frozenset({"EventBus", "SqliteBus"}),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeCall:
    """A method call on a followed object."""

    source: Source
    method: str
    node: ast.Call


def bridge_sources(unit: GateInput, pattern_id: str) -> tuple[Source, ...]:
    """Return the modules of the unit that a bridge pattern made."""
    return tuple(source for source in unit.modules() if source.pattern_id == pattern_id)


def bridge_classes(unit: GateInput, pattern_id: str) -> frozenset[str]:
    """Return the public classes that the unit's bridge of this kind defines."""
    return frozenset(
        node.name
        for source in bridge_sources(unit, pattern_id)
        for node in source.nodes(ast.ClassDef)
        if not node.name.startswith("_")
    )


def runtime_classes(pattern_id: str) -> frozenset[str]:
    """Return the classes of the runtime that stand behind a bridge of this kind."""
    return _RUNTIME_CLASSES[pattern_id]


def calls_on(
    unit: GateInput, classes: frozenset[str], sources: Iterable[Source] | None = None
) -> tuple[MadeCall, ...]:
    """Return the method calls on objects of `classes`.

    Args:
        unit: The unit.
        classes: Names of the classes to follow.
        sources: Where to look for calls; all modules if None.
    """
    followed, shared = _follow(unit, classes)
    looked_at = unit.modules() if sources is None else tuple(sources)
    return tuple(
        MadeCall(source=source, method=function.attr, node=call)
        for source in looked_at
        for call, function in method_calls(source)
        if followed[source.path].is_object(function.value, shared)
    )


def handed_over(
    unit: GateInput, classes: frozenset[str], source: Source, attribute: str = ""
) -> Iterator[ast.Call]:
    """Yield the calls that make an object of the runtime and give it one of `classes`.

    Such an object does what the module declares: its behaviour is tested with the runtime.

    Args:
        unit: The unit.
        classes: Names of the classes to follow.
        source: Where to look for calls.
        attribute: What of the followed object is given; itself if empty.
    """
    followed, shared = _follow(unit, classes)
    known = followed[source.path]
    runtime = frozenset(name for name in imported(source, (RUNTIME,)) if name[0].isupper())
    for call in source.nodes(ast.Call):
        given = [_owner(a, attribute) for a in (*call.args, *(k.value for k in call.keywords))]
        is_made = isinstance(call.func, ast.Name) and call.func.id in runtime
        if is_made and any(each and known.is_object(each, shared) for each in given):
            yield call


def imported(source: Source, modules: tuple[str, ...]) -> set[str]:
    """Return the names that a file imports from `modules` and what is below them."""
    return {
        alias.asname or alias.name
        for node in source.nodes(ast.ImportFrom)
        if node.module and below(node.module, modules)
        for alias in node.names
    }


def calls_by_source(calls: Iterable[MadeCall]) -> Mapping[str, tuple[MadeCall, ...]]:
    """Group calls by the path of their file."""
    grouped: dict[str, tuple[MadeCall, ...]] = {}
    for call in calls:
        grouped[call.source.path] = (*grouped.get(call.source.path, ()), call)
    return grouped


def place_of(source: Source, node: ast.AST) -> str:
    """Return `path:line`, as evidence."""
    return f"{source.path}:{getattr(node, 'lineno', 1)}"


def function_calls(source: Source, names: frozenset[str]) -> Iterator[ast.Call]:
    """Yield the calls of functions or classes that the file imports or defines under `names`."""
    known = local_names(source, names)
    for call in source.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in known:
            yield call


def method_calls(source: Source) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    """Yield the calls of a file that are made through an attribute, with that attribute."""
    for call in source.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute):
            yield call, call.func


def _owner(given: ast.expr, attribute: str) -> ast.expr | None:
    """Return what `given` is the attribute of, or itself where no attribute is asked for."""
    if not attribute:
        return given
    return given.value if isinstance(given, ast.Attribute) and given.attr == attribute else None


def _follow(
    unit: GateInput, classes: frozenset[str]
) -> tuple[dict[str, "_Followed"], frozenset[str]]:
    """Follow `classes` through the modules; return that by path, and all attributes found."""
    followed = {source.path: _Followed.of(source, classes) for source in unit.modules()}
    return followed, frozenset(name for known in followed.values() for name in known.attributes)


class _Followed:
    """Names, attributes and functions of one file that hold or return a followed object."""

    def __init__(self, classes: set[str]) -> None:
        self._classes = classes
        self._names: set[str] = set()
        self.attributes: set[str] = set()
        self._functions: set[str] = set()

    @classmethod
    def of(cls, source: Source, classes: frozenset[str]) -> "_Followed":
        """Follow `classes` through one file."""
        followed = cls(local_names(source, classes))
        if not followed._classes:
            return followed
        for argument in source.nodes(ast.arg):
            if followed._is_annotated(argument.annotation):
                followed._names.add(argument.arg)
        for function in source.functions:
            if followed._is_annotated(function.returns):
                followed._functions.add(function.name)
        for field in _class_fields(source):
            if followed._is_annotated(field.annotation):
                followed._take(ast.Attribute(value=field.target, attr=_target_name(field.target)))
        for _ in range(_PASSES):
            followed._follow_assignments(source)
        return followed

    def is_object(self, node: ast.expr, shared: frozenset[str]) -> bool:
        """Tell whether an expression is a followed object.

        Args:
            node: The expression.
            shared: Attributes known to hold one anywhere in the unit.
        """
        if isinstance(node, ast.Name):
            return node.id in self._names
        if isinstance(node, ast.Attribute):
            return node.attr in self.attributes or node.attr in shared
        if isinstance(node, ast.Call):
            return self._is_made(node)
        return any(self.is_object(part, shared) for part in _alternatives(node))

    def _is_made(self, call: ast.Call) -> bool:
        function = call.func
        if isinstance(function, ast.Name):
            return function.id in self._classes or function.id in self._functions
        if not isinstance(function, ast.Attribute):
            return False
        owner = function.value
        is_class_method = isinstance(owner, ast.Name) and owner.id in self._classes
        return is_class_method or function.attr in self._functions

    def _is_annotated(self, annotation: ast.expr | None) -> bool:
        if annotation is None:
            return False
        return any(
            (isinstance(node, ast.Name) and node.id in self._classes)
            or (isinstance(node, ast.Constant) and node.value in self._classes)
            for node in ast.walk(annotation)
        )

    def _follow_assignments(self, source: Source) -> None:
        for assignment in source.nodes(ast.Assign):
            if self.is_object(assignment.value, frozenset()):
                for target in assignment.targets:
                    self._take(target)
        for annotated in source.nodes(ast.AnnAssign):
            value = annotated.value
            if self._is_annotated(annotated.annotation) or (
                value is not None and self.is_object(value, frozenset())
            ):
                self._take(annotated.target)

    def _take(self, target: ast.expr) -> None:
        if isinstance(target, ast.Attribute):
            self.attributes.add(target.attr)
        elif isinstance(target, ast.Name):
            self._names.add(target.id)


def _alternatives(node: ast.expr) -> list[ast.expr]:
    """Return what an expression may be: `a or b`, `a if c else b`, `(name := a)`."""
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    return [node.value] if isinstance(node, ast.NamedExpr) else []


def _class_fields(source: Source) -> Iterator[ast.AnnAssign]:
    for owner in source.nodes(ast.ClassDef):
        yield from (node for node in owner.body if isinstance(node, ast.AnnAssign))


def _target_name(target: ast.expr) -> str:
    return target.id if isinstance(target, ast.Name) else ""
