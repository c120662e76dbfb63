"""The import statements of a file as dotted names, shared by the gates about imports."""

import ast
from collections.abc import Iterable, Iterator

from generators.engine.gates.source import Source


def imported_names(source: Source) -> Iterator[tuple[ast.stmt, str, str]]:
    """Yield each import as (statement, module, name); `name` is empty for `import module`.

    A relative import has a module that begins with a dot.
    """
    for plain in source.nodes(ast.Import):
        for alias in plain.names:
            yield plain, alias.name, ""
    for node in source.nodes(ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            yield node, module, alias.name


def run_time_imports(source: Source) -> Iterator[tuple[ast.stmt, str, str]]:
    """Yield the imports outside `if TYPE_CHECKING`, which never run."""
    unused = {
        inner
        for test in source.nodes(ast.If)
        if isinstance(test.test, ast.Name) and test.test.id == "TYPE_CHECKING"
        for statement in test.body
        for inner in ast.walk(statement)
    }
    return (found for found in imported_names(source) if found[0] not in unused)


def below(module: str, prefixes: Iterable[str]) -> bool:
    """Tell whether a dotted name is one of `prefixes` or inside it."""
    return any(module == prefix or module.startswith(f"{prefix}.") for prefix in prefixes)


def local_names(source: Source, wanted: frozenset[str]) -> set[str]:
    """Return how a file calls the names `wanted`: imported, perhaps under an alias, or defined."""
    found = {
        alias.asname or alias.name
        for node in source.nodes(ast.ImportFrom)
        for alias in node.names
        if alias.name in wanted
    }
    return found | {node.name for node in source.nodes(ast.ClassDef) if node.name in wanted}
