"""What a test is about: its markers, and every word that it or what it uses mentions."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from generators.engine.gates.source import Function, Source

MARKERS = frozenset({"positive", "negative", "regression"})


@dataclass(frozen=True, kw_only=True, slots=True)
class TestCase:
    """One test function, and which of `MARKERS` it carries: itself, its class or its file."""

    source: Source
    node: Function
    markers: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mentions:
    """A test with its name and all names and texts that it reaches inside its file."""

    case: TestCase
    text: str

    def has(self, word: str) -> bool:
        """Tell whether the test mentions `word` as a whole word."""
        if word not in self.text:
            return False
        pattern = rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])"
        return re.search(pattern, self.text) is not None


def test_cases(source: Source) -> tuple[TestCase, ...]:
    """Return the test functions of a file, those in classes as well."""
    return tuple(
        TestCase(
            source=source,
            node=node,
            markers=_markers(_module_marks(tree)) | _markers(node.decorator_list) | outer,
        )
        for tree in source.nodes(ast.Module)
        for node, outer in _test_functions(tree)
    )


def mentions_of(source: Source) -> tuple[Mentions, ...]:
    """Return the tests of a file with what they mention."""
    definitions = {
        name: frozenset(_words(node))
        for tree in source.nodes(ast.Module)
        for name, node in _definitions(tree).items()
    }
    return tuple(
        Mentions(case=case, text="\n".join(sorted(_reached(case.node, definitions))))
        for case in test_cases(source)
    )


def _test_functions(tree: ast.Module) -> Iterator[tuple[Function, frozenset[str]]]:
    for node in tree.body:
        if isinstance(node, Function) and node.name.startswith("test"):
            yield node, frozenset()
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            marks = _markers(node.decorator_list)
            for inner in node.body:
                if isinstance(inner, Function) and inner.name.startswith("test"):
                    yield inner, marks


def _markers(decorators: Iterable[ast.expr]) -> frozenset[str]:
    """Return the markers among decorators such as `@pytest.mark.positive`."""
    return frozenset(
        node.attr
        for decorator in decorators
        for node in ast.walk(decorator)
        if isinstance(node, ast.Attribute)
        and node.attr in MARKERS
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "mark"
    )


def _module_marks(tree: ast.Module) -> list[ast.expr]:
    return [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
        )
    ]


def _definitions(tree: ast.Module) -> dict[str, ast.stmt]:
    """Return what the file defines at its top level, by name."""
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found.update({t.id: node for t in node.targets if isinstance(t, ast.Name)})
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
    return found


def _reached(start: Function, definitions: Mapping[str, frozenset[str]]) -> set[str]:
    """Return the words of a test and of all definitions that it reaches by name or as fixture."""
    words = {start.name, *_words(start)}
    waiting = [word for word in words if word in definitions]
    seen = set(waiting)
    while waiting:
        found = definitions[waiting.pop()]
        words |= found
        fresh = {word for word in found if word in definitions} - seen
        seen |= fresh
        waiting += fresh
    return words


def _words(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr
        elif isinstance(inner, ast.arg | ast.keyword):
            yield inner.arg or ""
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value
