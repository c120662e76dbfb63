"""Read comparisons that prose spells out: `confidence is below 0.6`, `drift exceeds threshold`."""

from generators.engine.rules.lexer import Kind, Token

SYMBOLS = frozenset({"limit", "threshold"})
_PHRASES: dict[tuple[str, ...], str] = {
    ("above",): ">",
    ("exceeds",): ">",
    ("greater_than",): ">",
    ("greater", "than"): ">",
    ("higher", "than"): ">",
    ("more", "than"): ">",
    ("below",): "<",
    ("fewer", "than"): "<",
    ("less", "than"): "<",
    ("lower", "than"): "<",
    ("at", "least"): ">=",
    ("at", "most"): "<=",
    ("equals",): "==",
}
_PREPOSITIONS = frozenset({("above",), ("below",)})
_LONGEST = max(len(phrase) for phrase in _PHRASES)
_COPULAS = frozenset({"are", "is"})


def as_signs(tokens: list[Token]) -> list[Token]:
    """Replace phrases that compare by their sign.

    `above` and `below` compare with a number or a threshold only: in `supply above demand` they
    are part of a name.
    """
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        length = _phrase_length(tokens, index) if result else 0
        if length == 0:
            result.append(tokens[index])
            index += 1
            continue
        words = tuple(token.text for token in tokens[index : index + length])
        if len(result) > 1 and result[-1].text in _COPULAS:
            result.pop()
        result.append(
            Token(kind=Kind.COMPARISON, text=_PHRASES[words], position=tokens[index].position)
        )
        index += length
    return result


def _phrase_length(tokens: list[Token], index: int) -> int:
    """Return how many words at `index` spell a comparison, 0 for none."""
    for length in range(_LONGEST, 0, -1):
        words = tuple(token.text for token in tokens[index : index + length])
        known = words in _PHRASES
        if known and (words not in _PREPOSITIONS or _is_bound(tokens, index + length)):
            return length
    return 0


def _is_bound(tokens: list[Token], index: int) -> bool:
    """Tell whether the operand at `index` is a number or a symbol such as `threshold`."""
    if index >= len(tokens):
        return False
    token = tokens[index]
    return token.kind is Kind.NUMBER or (token.kind is Kind.WORD and token.text in SYMBOLS)
