"""Build the syntax tree of a condition from its tokens.

    either     = both { OR both }
    both       = unit { AND unit }
    unit       = NOT unit | "(" either ")" | comparison
    comparison = operand { sign operand }        (0.2 < x <= 0.8 is a chain)
    operand    = number | word { word }

AND binds closer than OR, as everywhere.
"""

from collections.abc import Callable
from typing import NoReturn

from generators.engine.rules.lexer import Kind, Token, tokenize
from generators.engine.rules.phrases import as_signs
from generators.engine.rules.syntax import (
    Comparison,
    Event,
    Expression,
    Junction,
    Name,
    Negation,
    Number,
    Operand,
    checked_name,
)
from generators.engine.rules.uncompiled import RuleSyntaxError

_MAX_DEPTH = 20
_QUANTIFIERS = frozenset({"a", "an", "any", "the"})
_DIRECTIONS = ({">", ">="}, {"<", "<="}, {"=="})


def parse_expression(text: str) -> tuple[Expression, tuple[str, ...]]:
    """Parse one condition.

    Returns:
        The tree, and the remarks in parentheses that stood beside names.

    Raises:
        RuleSyntaxError: It has no single meaning; the error says where and why.
    """
    tokens = as_signs(tokenize(text))
    notes = tuple(token.text for token in tokens if token.kind is Kind.NOTE)
    parser = _Parser([token for token in tokens if token.kind is not Kind.NOTE], len(text))
    return parser.whole(), notes


class _Parser:
    def __init__(self, tokens: list[Token], end: int) -> None:
        self._tokens = tokens
        self._index = 0
        self._end = end
        self._depth = 0

    def whole(self) -> Expression:
        """Parse all tokens as one expression."""
        expression = self._either()
        if self._peek() is not None:
            self._fail(f"`{self._tokens[self._index].text}` is not expected here")
        return expression

    def _either(self) -> Expression:
        return self._joined("OR", self._both)

    def _both(self) -> Expression:
        return self._joined("AND", self._unit)

    def _joined(self, logic: str, parse: Callable[[], Expression]) -> Expression:
        parts = [parse()]
        while self._accept(Kind.LOGIC, logic):
            parts.append(parse())
        return parts[0] if len(parts) == 1 else Junction(logic=logic, parts=tuple(parts))

    def _unit(self) -> Expression:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._fail("nested too deeply")
        if self._accept(Kind.LOGIC, "NOT"):
            result: Expression = Negation(part=self._unit())
        elif self._accept(Kind.OPENING, "("):
            result = self._either()
            if not self._accept(Kind.CLOSING, ")"):
                self._fail("a parenthesis is never closed")
        else:
            result = self._comparison()
        self._depth -= 1
        return result

    def _comparison(self) -> Expression:
        operands = [self._operand()]
        signs: list[str] = []
        while (token := self._peek()) is not None and token.kind is Kind.COMPARISON:
            self._index += 1
            signs.append(token.text)
            operands.append(self._operand())
        if not signs:
            return self._event(operands[0])
        if len(signs) > 1 and not any(set(signs) <= direction for direction in _DIRECTIONS):
            self._fail("comparisons in one chain must point the same way")
        links = [
            self._link(left, sign, right)
            for left, sign, right in zip(operands[:-1], signs, operands[1:], strict=True)
        ]
        return links[0] if len(links) == 1 else Junction(logic="AND", parts=tuple(links))

    def _event(self, operand: Operand) -> Expression:
        if isinstance(operand, Number):
            self._fail("a number without a comparison")
        return Event(name=operand)

    def _link(self, left: Operand, sign: str, right: Operand) -> Comparison:
        if isinstance(left, Number) and isinstance(right, Number):
            self._fail("a comparison of two numbers")
        return Comparison(left=left, sign=sign, right=right)

    def _operand(self) -> Operand:
        token = self._peek()
        if token is not None and token.kind is Kind.NUMBER:
            self._index += 1
            return _number(token)
        return self._name()

    def _name(self) -> Name:
        words: list[Token] = []
        while (token := self._peek()) is not None and token.kind is Kind.WORD:
            words.append(token)
            self._index += 1
        following = self._peek()
        if words and following is not None and following.kind is Kind.NUMBER:
            self._fail("a number without a comparison")
        kept = _meaningful(words)
        if not kept:
            self._fail("the name of a signal or event is missing")
        return checked_name("_".join(word.text for word in kept), kept[0].position)

    def _peek(self) -> Token | None:
        return self._tokens[self._index] if self._index < len(self._tokens) else None

    def _accept(self, kind: Kind, text: str) -> bool:
        token = self._peek()
        if token is None or token.kind is not kind or token.text != text:
            return False
        self._index += 1
        return True

    def _fail(self, reason: str) -> NoReturn:
        token = self._peek()
        raise RuleSyntaxError(reason, self._end if token is None else token.position)


def _number(token: Token) -> Number:
    if token.unit is None:
        return Number(value=float(token.value), unit=None)
    return Number(value=float(token.value * token.unit.scale), unit=token.unit.base)


def _meaningful(words: list[Token]) -> list[Token]:
    """Drop words that restrict nothing: a leading article, and a closing `by any anchor`."""
    last = len(words) - 1
    start = next((i for i, w in enumerate(words[:last]) if w.text not in _QUANTIFIERS), last)
    kept = words[max(start, 0) :]
    for index in range(1, len(kept) - 2):
        if kept[index].text == "by" and kept[index + 1].text == "any":
            return kept[:index]
    return kept
