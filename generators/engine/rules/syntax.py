"""The syntax tree of a condition, and the only place that writes CEL.

Every leaf is a checked identifier or a finite number, so no text of a schema can reach a rule.
Numbers are written as doubles (`1.0`), because signals are typed DOUBLE and CEL never converts.
"""

import keyword
import math
import re
from dataclasses import dataclass
from typing import TypeAlias

from generators.engine.rules.uncompiled import RuleSyntaxError

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_MAX_NAME = 100
# Words that CEL reserves, and the names of its types that a variable would shadow.
_CEL_WORDS = {"const", "false", "function", "let", "loop", "namespace", "null", "package", "true"}
_CEL_WORDS |= {"var", "void"}
_CEL_TYPES = {"bool", "bytes", "double", "duration", "dyn", "int", "list", "map", "null_type"}
_CEL_TYPES |= {"string", "timestamp", "type", "uint"}
_TAKEN = frozenset(_CEL_WORDS | _CEL_TYPES | set(keyword.kwlist))
_SIGNS = frozenset({">", "<", ">=", "<=", "==", "!="})


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A constant in the canonical unit; `unit` is None where the prose gave none."""

    value: float
    unit: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """A signal, an event or an unresolved symbol."""

    text: str
    position: int


Operand: TypeAlias = Number | Name


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """`left sign right`; at least one side is a name."""

    left: Operand
    sign: str
    right: Operand


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened or not."""

    name: Name


@dataclass(frozen=True, kw_only=True, slots=True)
class Negation:
    """The opposite of `part`."""

    part: "Expression"


@dataclass(frozen=True, kw_only=True, slots=True)
class Junction:
    """Several expressions joined by `AND` or `OR`."""

    logic: str
    parts: tuple["Expression", ...]


Expression: TypeAlias = Comparison | Event | Negation | Junction


def checked_name(text: str, position: int) -> Name:
    """Return `text` as a name that CEL and Python both accept.

    Raises:
        RuleSyntaxError: It is not lower snake case, too long, or taken by CEL.
    """
    collapsed = re.sub(r"_+", "_", text)
    if not _NAME.fullmatch(collapsed) or len(collapsed) > _MAX_NAME:
        msg = f"`{text[:_MAX_NAME]}` cannot be the name of a signal"
        raise RuleSyntaxError(msg, position)
    if collapsed in _TAKEN:
        msg = f"`{collapsed}` is a word of the rule language, not a signal"
        raise RuleSyntaxError(msg, position)
    return Name(text=collapsed, position=position)


def to_cel(expression: Expression) -> str:
    """Write an expression as CEL source, with parentheses only where they are needed."""
    if isinstance(expression, Event):
        return expression.name.text
    if isinstance(expression, Comparison):
        return f"{_operand(expression.left)} {_sign(expression)} {_operand(expression.right)}"
    if isinstance(expression, Negation):
        inner = to_cel(expression.part)
        return f"!{inner}" if isinstance(expression.part, Event) else f"!({inner})"
    joiner = " && " if expression.logic == "AND" else " || "
    return joiner.join(_grouped(part, expression.logic) for part in expression.parts)


def leaves(expression: Expression) -> list[Comparison | Event]:
    """Return the comparisons and events of an expression, from left to right."""
    if isinstance(expression, Negation):
        return leaves(expression.part)
    if isinstance(expression, Junction):
        return [leaf for part in expression.parts for leaf in leaves(part)]
    return [expression]


def _grouped(part: Expression, logic: str) -> str:
    needs = isinstance(part, Junction) and part.logic != logic
    return f"({to_cel(part)})" if needs else to_cel(part)


def _operand(operand: Operand) -> str:
    if isinstance(operand, Name):
        return operand.text
    if not math.isfinite(operand.value):
        msg = "a number is not finite"
        raise RuleSyntaxError(msg, 0)
    return repr(float(operand.value))


def _sign(comparison: Comparison) -> str:
    if comparison.sign not in _SIGNS:
        msg = f"`{comparison.sign}` does not compare"
        raise RuleSyntaxError(msg, 0)
    return comparison.sign
