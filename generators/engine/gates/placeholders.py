"""No wording that stands for missing content, and no template syntax left in a file."""

import re
from collections.abc import Iterator

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem
from generators.engine.gates.prose import words
from generators.engine.gates.source import Source

_PHRASES = re.compile(
    r"\b(?:placeholders?|lorem ipsum|not (?:yet )?implemented|unimplemented|coming soon"
    r"|to be (?:implemented|written|defined|determined|done|added|filled in)"
    r"|implement (?:me|this|here)|your code here|insert .{1,20} here|fill (?:me )?in"
    r"|dummy implementation|stub(?:bed)?|for now|change ?me)\b",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|<(?:your|insert|name of)\b[^>]*>", re.IGNORECASE)
_REPAIR = "say what is true of the agent; a parameter of the pattern is missing"


def _inspect(unit: GateInput) -> Outcome:
    problems = [problem for source in unit.sources.values() for problem in _problems(source)]
    return Outcome(problems=tuple(problems), counts={"checked": len(unit.sources)})


def _problems(source: Source) -> Iterator[Problem]:
    patterns = (_PHRASES,) if source.path.endswith(".py") else (_PHRASES, _TEMPLATE)
    suspected = [pattern for pattern in patterns if pattern.search(source.text)]
    for text, line, column in words(source) if suspected else ():
        for pattern in suspected:
            match = pattern.search(text)
            if match:
                below = text.count("\n", 0, match.start())
                yield Problem(
                    path=source.path,
                    line=line + below,
                    column=1 if below else column,
                    message=f"`{match[0]}` stands for content that is missing",
                    repair=_REPAIR,
                )


GATE = Gate(
    gate_id="no_placeholder",
    code="GT003",
    title="No placeholder stands for content",
    phase=2,
    items=("no_placeholder",),
    inspect=_inspect,
)
