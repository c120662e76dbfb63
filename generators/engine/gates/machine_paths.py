"""No file depends on the machine that made it: no absolute path of a home or temporary folder."""

import re

from generators.engine.gates.gate import Gate, GateInput, Outcome, in_text

_ABSOLUTE = re.compile(
    r"(?<![\w.])(?:/(?:home|root|tmp|Users|work|mnt|private)/[\w.-]+|[A-Z]:\\{1,2}\w+)"
)
_STAMP = re.compile(r"[Gg]enerated (?:at|on) \d{4}-\d{2}-\d{2}")


def _inspect(unit: GateInput) -> Outcome:
    problems = [
        in_text(source, match.start(), f"`{match[0]}` {what}", repair)
        for source in unit.sources.values()
        for pattern, what, repair in (
            (_ABSOLUTE, "is a path of one machine", "take the path from the settings"),
            (_STAMP, "changes with the clock", "leave the time to the manifest"),
        )
        for match in pattern.finditer(source.text)
    ]
    return Outcome(problems=tuple(problems), counts={"checked": len(unit.sources)})


GATE = Gate(
    gate_id="same_bytes",
    code="GT030",
    title="Nothing depends on the machine or the clock",
    phase=5,
    items=(),
    inspect=_inspect,
)
