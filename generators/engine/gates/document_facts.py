"""Documents agree with the model: declared figures are shown, and no endpoint is invented."""

import re
from collections.abc import Iterator

from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, in_text, of_unit
from generators.engine.gates.source import Source
from generators.engine.names import normal_stem

_REPAIR = "take the figure from the model in the document's pattern"
_PATH = re.compile(r"(?<![\w/.{])(/[a-z0-9_]+/v\d+/[a-z0-9_/]+)")


def _inspect(unit: GateInput) -> Outcome:
    problems: list[Problem] = []
    checked = 0
    for source in unit.in_role("doc"):
        stem = normal_stem(source.path.rsplit("/", 1)[-1].rsplit(".", 1)[0])
        for figure in unit.facts.figures:
            if normal_stem(figure.stem) != stem:
                continue
            checked += 1
            if not any(_shows(source.text, text) for text in figure.texts):
                message = f"the {figure.label} (`{figure.texts[0]}`) is not shown"
                problems.append(of_unit(unit, message, _REPAIR, source.path))
        problems += _invented(unit, source)
    return Outcome(problems=tuple(problems), counts={"checked": checked})


def _shows(text: str, figure: str) -> bool:
    """Tell whether a figure stands in a text, not as part of a longer number or word."""
    escaped = re.escape(figure)
    return re.search(rf"(?<![\w.]){escaped}(?![\w])", text) is not None or (
        figure in text and not re.fullmatch(r"[\w.]+", figure)
    )


def _invented(unit: GateInput, source: Source) -> Iterator[Problem]:
    """Find paths below the agent's own prefix that the schema does not declare."""
    declared = {endpoint.path for endpoint in unit.facts.endpoints}
    prefixes = {"/".join(path.split("/")[:3]) for path in declared}
    for match in _PATH.finditer(source.text):
        path = match[1].rstrip("/")
        if "/".join(path.split("/")[:3]) in prefixes and path not in declared:
            message = f"`{path}` is no endpoint of the schema"
            yield in_text(source, match.start(1), message, _REPAIR)


GATE = Gate(
    gate_id="docs_agree",
    code="GT027",
    title="Documents agree with the model",
    phase=5,
    items=("generatedocs_match", "channels_match"),
    inspect=_inspect,
)
