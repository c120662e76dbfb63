"""No secret is written down: no key material, no token, no password, no address with one inside."""

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at, in_text
from generators.engine.gates.source import Source

_MATERIAL = {
    "key material": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "an access key id": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a signed token": r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
    "an API token": r"\b(?:gh[opusr]_[A-Za-z0-9]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}"
    r"|sk-[A-Za-z0-9_-]{20,})",
    # Reserved names (RFC 2606) and a bare `host` stand in examples; they lead nowhere.
    "an address with a password": r"\b[a-z][a-z0-9+.-]*://[^\s:/@${}]+:[^\s@/${}]+@"
    r"(?!host\b(?![.:\w-])|(?:[\w.-]+\.)?(?:example|test|invalid|example\.com)\b(?![.\w-]))[^\s]+",
}
_PATTERNS = {what: re.compile(pattern) for what, pattern in _MATERIAL.items()}
_SECRET_NAME = re.compile(r"(?:^|_)(?:password|passwd|secret|api_?key|private_?key|access_?key)$")
_OPAQUE = re.compile(r"[A-Za-z0-9+/_=-]{32,}")
_MOST_ENTROPY = 4.3
_REPAIR = "read it from the environment or a file (`NAME_FILE`); never write it down"


def _inspect(unit: GateInput) -> Outcome:
    problems = [
        problem
        for source in unit.sources.values()
        for problem in (*_material(source), *_literals(source), *_opaque(source))
    ]
    return Outcome(problems=tuple(problems), counts={"checked": len(unit.sources)})


def _material(source: Source) -> Iterator[Problem]:
    for what, pattern in _PATTERNS.items():
        for match in pattern.finditer(source.text):
            yield in_text(source, match.start(), f"{what} is written down", _REPAIR)


def _literals(source: Source) -> Iterator[Problem]:
    """Find texts that are given to names such as `password`."""
    for name, value, node in _named_values(source):
        if not _SECRET_NAME.search(name.lower()):
            continue
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
            yield at(source, node, f"`{name}` is given a text", _REPAIR)


def _named_values(source: Source) -> Iterator[tuple[str, ast.expr, ast.AST]]:
    for assignment in source.nodes(ast.Assign):
        for target in assignment.targets:
            yield _name(target), assignment.value, assignment
    for annotated in source.nodes(ast.AnnAssign):
        if annotated.value:
            yield _name(annotated.target), annotated.value, annotated
    for keyword in source.nodes(ast.keyword):
        yield keyword.arg or "", keyword.value, keyword.value
    for mapping in source.nodes(ast.Dict):
        for key, value in zip(mapping.keys, mapping.values, strict=True):
            if isinstance(key, ast.Constant):
                yield str(key.value), value, value


def _name(target: ast.expr) -> str:
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""


def _opaque(source: Source) -> Iterator[Problem]:
    """Find string constants that look drawn at random: long, mixed, of high entropy."""
    for node in source.nodes(ast.Constant):
        if not isinstance(node.value, str):
            continue
        for match in _OPAQUE.finditer(node.value):
            if _looks_random(match[0]):
                yield at(source, node, "a text that looks like a secret", _REPAIR)
                break


def _looks_random(text: str) -> bool:
    mixed = all(re.search(kind, text) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    return mixed and entropy(text) > _MOST_ENTROPY


def entropy(text: str) -> float:
    """Return Shannon's entropy of the characters of `text`, in bits a character."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


GATE = Gate(
    gate_id="no_secret",
    code="GT014",
    title="No secret is written down",
    phase=3,
    items=(),
    inspect=_inspect,
)
