"""Split the prose of one condition into words, numbers, comparisons, logic and parentheses."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from generators.engine.rules.numerals import looks_numeric, parse_numeral
from generators.engine.rules.uncompiled import RuleSyntaxError
from generators.engine.rules.units import Unit, find_unit

MAX_CHARACTERS = 2000
_COMPARISONS = {
    ">": ">",
    "<": "<",
    ">=": ">=",
    "<=": "<=",
    "==": "==",
    "=": "==",
    "!=": "!=",
    "≥": ">=",
    "⩾": ">=",
    "≤": "<=",
    "⩽": "<=",
    "≠": "!=",
    "\uff1e": ">",
    "\uff1c": "<",
    "\uff1d": "==",
}
_SCANNER = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<comparison>[<>=!]=|[<>=≥⩾≤⩽≠\uff1e\uff1c\uff1d](?![<>=]))"
    r"|(?P<logic>&&|\|\||!)"
    r"|(?P<opening>\()"
    r"|(?P<closing>\))"
    r"|(?P<chunk>[A-Za-z0-9_.,%€$+\-\u2010\u2011\u2013]+)"
)
_LOGIC_IN_CHUNK = re.compile(r"(?:(?<=_)|^)(?:AND|OR|NOT)(?=_|$)")
_LOGIC_WORDS = {"and": "AND", "or": "OR", "not": "NOT", "&&": "AND", "||": "OR", "!": "NOT"}
_DASHES = str.maketrans("\u2010\u2011\u2013", "---")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*")
# Words that would change what a condition says; inside a name they would be lost.
_RESERVED = frozenset({"between", "except", "if", "unless", "until", "when", "while", "without"})
_RESERVED |= frozenset({"else", "false", "nor", "null", "then", "true", "xor"})


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    NUMBER = "number"
    COMPARISON = "comparison"
    LOGIC = "logic"
    OPENING = "opening"
    CLOSING = "closing"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """One token; `text` is canonical (`AND`, `>=`, a lower-case word), numbers carry a value.

    `unit` is the unit of a number, None where the prose gives none.
    """

    kind: Kind
    text: str
    position: int
    value: Decimal = Decimal(0)
    unit: Unit | None = None


def tokenize(text: str) -> list[Token]:
    """Split a condition into tokens; a remark in parentheses after words becomes one NOTE.

    Args:
        text: One condition, at most `MAX_CHARACTERS` long.

    Raises:
        RuleSyntaxError: A character, number or reserved word has no meaning here.
    """
    if len(text) > MAX_CHARACTERS:
        msg = f"longer than {MAX_CHARACTERS} characters"
        raise RuleSyntaxError(msg, MAX_CHARACTERS)
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _SCANNER.match(text, position)
        if match is None:
            msg = f"the character {text[position]!a} has no meaning in a condition"
            raise RuleSyntaxError(msg, position)
        position = _take(match, tokens)
    return tokens


def _take(match: re.Match[str], tokens: list[Token]) -> int:
    """Append the tokens of one match and return where scanning goes on."""
    group, start = str(match.lastgroup), match.start()
    if group == "opening" and tokens and tokens[-1].kind in {Kind.WORD, Kind.NUMBER}:
        note = _scan_note(match.string, start)
        tokens.append(Token(kind=Kind.NOTE, text=note, position=start))
        return start + len(note) + 2
    if group == "comparison":
        tokens.append(Token(kind=Kind.COMPARISON, text=_COMPARISONS[match[0]], position=start))
    elif group == "logic":
        tokens.append(Token(kind=Kind.LOGIC, text=_LOGIC_WORDS[match[0]], position=start))
    elif group in {"opening", "closing"}:
        tokens.append(Token(kind=Kind(group), text=match[0], position=start))
    elif group == "chunk":
        _take_chunk(match[0].translate(_DASHES), start, tokens)
    return match.end()


def _scan_note(text: str, opening: int) -> str:
    """Return what stands between the parentheses; a note must not hide a condition."""
    depth = 0
    for index in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            note = text[opening + 1 : index]
            if any(sign in note for sign in _COMPARISONS) or re.search(r"\b(AND|OR|NOT)\b", note):
                msg = "a remark in parentheses holds a condition; write it outside"
                raise RuleSyntaxError(msg, opening)
            return note
    msg = "a parenthesis is never closed"
    raise RuleSyntaxError(msg, opening)


def _take_chunk(chunk: str, start: int, tokens: list[Token]) -> None:
    """Split `0_7_AND_deal_value_` at its upper-case logic words and read each piece."""
    cursor = 0
    for logic in _LOGIC_IN_CHUNK.finditer(chunk):
        _take_piece(chunk[cursor : logic.start()], start + cursor, tokens)
        tokens.append(Token(kind=Kind.LOGIC, text=logic[0], position=start + logic.start()))
        cursor = logic.end()
    _take_piece(chunk[cursor:], start + cursor, tokens)


def _take_piece(piece: str, start: int, tokens: list[Token]) -> None:
    bare = piece.strip("_")
    if not bare:
        return
    position = start + piece.index(bare)
    if bare.lower() in _LOGIC_WORDS:
        tokens.append(Token(kind=Kind.LOGIC, text=_LOGIC_WORDS[bare.lower()], position=position))
    elif looks_numeric(bare):
        tokens.append(_number(bare, position))
    elif not _glue_unit(bare, tokens):
        tokens.append(_word(bare.rstrip("."), position))


def _number(piece: str, position: int) -> Token:
    numeral = parse_numeral(piece.rstrip("."), position)
    unit = find_unit(numeral.unit) if numeral.unit else None
    if numeral.unit and unit is None:
        msg = f"`{numeral.unit}` is not a unit known here"
        raise RuleSyntaxError(msg, position)
    return Token(kind=Kind.NUMBER, text=piece, position=position, value=numeral.value, unit=unit)


def _glue_unit(piece: str, tokens: list[Token]) -> bool:
    """Give the unit that follows a bare number, as in `500 ms`, to that number."""
    last = tokens[-1] if tokens else None
    if last is None or last.kind is not Kind.NUMBER or last.unit is not None:
        return False
    unit = find_unit(piece.rstrip("."))
    if unit is None:
        return False
    tokens[-1] = Token(
        kind=Kind.NUMBER, text=last.text, position=last.position, value=last.value, unit=unit
    )
    return True


def _word(piece: str, position: int) -> Token:
    if not _WORD.fullmatch(piece):
        msg = f"`{piece}` is neither a name nor a number"
        raise RuleSyntaxError(msg, position)
    word = piece.lower().replace("-", "_").strip("_")
    if word in _RESERVED:
        msg = f"`{piece}` has no meaning in a condition"
        raise RuleSyntaxError(msg, position)
    return Token(kind=Kind.WORD, text=word, position=position)
