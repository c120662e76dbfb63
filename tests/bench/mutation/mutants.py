"""Make mutants of a module: the same code with one behaviour changed.

Nothing is mutated that has no behaviour: docstrings, annotations, messages of exceptions, and
texts that only describe (`source=`, `purpose=`, `text=`, ...).
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_SWAPPED_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_SWAPPED_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}
_PLACED = (ast.expr, ast.stmt, ast.keyword, ast.arg)
_DESCRIBING = frozenset(
    {"source", "purpose", "text", "title", "description", "summary", "name", "doc", "help"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """A changed module.

    Attributes:
        line: line of the change in the original.
        change: what was changed, in words.
        source: the changed source.
    """

    line: int
    change: str
    source: str


def make_mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of `source`, in the order of its lines."""
    tree = ast.parse(source)
    places = [node for node in ast.walk(tree) if isinstance(node, _PLACED)]
    frozen = _without_behaviour(tree)
    order = {id(node): index for index, node in enumerate(ast.walk(tree))}
    for node in sorted(places, key=lambda n: (n.lineno, n.col_offset, order[id(n)])):
        if id(node) in frozen:
            continue
        for change, replacement in _changes(node):
            yield Mutant(
                line=node.lineno,
                change=change,
                source=_replaced(tree, order[id(node)], replacement),
            )


def _replaced(tree: ast.Module, index: int, replacement: ast.AST) -> str:
    """Return the source of a copy of `tree` whose node at `index` of the walk is replaced."""
    changed = copy.deepcopy(tree)
    target = list(ast.walk(changed))[index]
    target.__class__ = replacement.__class__  # it becomes the other node
    for field in (*target._fields, *replacement._fields):
        if hasattr(replacement, field):
            setattr(target, field, copy.deepcopy(getattr(replacement, field)))
    return ast.unparse(ast.fix_missing_locations(changed))


def _without_behaviour(tree: ast.Module) -> set[int]:
    """Return the ids of nodes that only describe."""
    describing = (part for node in ast.walk(tree) for part in _describing(node))
    return {id(inner) for part in describing for inner in ast.walk(part)}


def _describing(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of `node` that have no behaviour."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
        yield node.body[0]
    if isinstance(node, ast.FunctionDef):
        yield from node.decorator_list
        if node.returns is not None:
            yield node.returns
    elif isinstance(node, ast.arg | ast.AnnAssign):
        if node.annotation is not None:
            yield node.annotation
    elif isinstance(node, ast.Raise | ast.JoinedStr) or _is_label(node):
        yield node


def _is_label(node: ast.AST) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg in _DESCRIBING
    if isinstance(node, ast.Assign):
        return any(_is_dunder(target) for target in node.targets)
    return isinstance(node, ast.If) and _is_main_guard(node.test)


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in _SWAPPED_COMPARISONS.get(type(node.ops[0]), ()):
            yield f"{_word(node.ops[0])} became {other.__name__}", _with(node, ops=[other()])
    elif isinstance(node, ast.BinOp) and type(node.op) in _SWAPPED_OPERATORS:
        other_op = _SWAPPED_OPERATORS[type(node.op)]
        yield f"{_word(node.op)} became {other_op.__name__}", _with(node, op=other_op())
    elif isinstance(node, ast.BoolOp):
        other_bool = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{_word(node.op)} became {other_bool.__name__}", _with(node, op=other_bool())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not was dropped", node.operand
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.IfExp | ast.If | ast.While):
        yield (
            "the condition was negated",
            _with(node, test=ast.UnaryOp(op=ast.Not(), operand=node.test)),
        )
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "the result was dropped", ast.Return(value=ast.Constant(value=None))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "the call was dropped", ast.Pass()


def _constants(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} became {not value}", ast.Constant(value=not value)
    elif isinstance(value, int | float):
        yield f"{value} became {value + 1}", ast.Constant(value=value + 1)
    elif isinstance(value, str) and value:
        yield f"{value[:20]!r} was changed", ast.Constant(value=f"{value}_mutated")


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _word(node: ast.AST) -> str:
    return type(node).__name__


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_dunder(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id.startswith("__")


def _is_main_guard(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Compare)
        and isinstance(node.left, ast.Name)
        and node.left.id == "__name__"
    )
