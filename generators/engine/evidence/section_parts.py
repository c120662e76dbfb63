"""Parts that several sections share: phases, checklist items, gates and snippets of code."""

from collections.abc import Iterable

from generators.engine.evidence.blocks import Block, Heading, Row, Snippet, Table
from generators.engine.evidence.checklist import ChecklistItem
from generators.engine.evidence.claims import Ledger, plural, quote
from generators.engine.evidence.folder import UnitEvidence
from generators.engine.evidence.matter import Matter

_MASTER = ".stage/meta/meta.codegen.schema.json"
_CHECKLIST = ".stage/meta/meta.validation.checklist.json"
_CONTEXT_LINES = 3


def phase_blocks(matter: Matter, ledger: Ledger, number: int) -> tuple[Block, ...]:
    """Return the steps and outputs of a phase; nothing if the template has no such phase."""
    phase = matter.phase(number)
    if phase is None:
        return ()
    done = sum(step.holds is True for step in phase.steps)
    there = sum(output.present for output in phase.outputs)
    total = len(phase.steps)
    blocks: list[Block] = [
        Heading(text=f"Phase {number}: {phase.name.replace('_', ' ')}"),
        Table(
            caption=f"Steps of phase {number}",
            headers=("step", "result"),
            rows=tuple(
                Row(cells=(step.step.replace("_", " "), step.proof), state=step.holds)
                for step in phase.steps
            ),
            claim=ledger.say(
                f"{done} of {plural(total, 'step')} of phase {number} done.",
                source=f"{_MASTER}#/phases/{number}/steps",
                holds=done == total,
            ),
            stated=True,
        ),
        Table(
            caption=f"Outputs of phase {number}",
            headers=("output", "state"),
            rows=tuple(
                Row(cells=(quote(output.output), output.detail), state=output.present)
                for output in phase.outputs
            ),
            claim=ledger.say(
                f"{there} of {plural(len(phase.outputs), 'output')} of phase {number} "
                f"{'is' if there == 1 else 'are'} there.",
                source=f"{_MASTER}#/phases/{number}/outputs",
                about=(output.path for output in phase.outputs),
                holds=there == len(phase.outputs),
            ),
            stated=True,
        ),
    ]
    return tuple(blocks)


def checklist_table(matter: Matter, ledger: Ledger, phase: int) -> tuple[Block, ...]:
    """Return the checklist items of a phase, with yes, no or open for each agent."""
    items = [item for item in matter.items if item.phase == phase]
    if not items:
        return ()
    yes = sum(item.holds is True for item in items)
    return (
        Table(
            caption=f"Checklist of phase {phase}",
            headers=("item", "asks", "agent", "evidence"),
            rows=tuple(
                Row(
                    cells=(quote(item.item_id), item.asks, quote(item.unit), item.proof),
                    state=item.holds,
                )
                for item in items
            ),
            claim=ledger.say(
                f"{yes} of {plural(len(items), 'checklist item')} of phase {phase} "
                f"answered with yes: the phase is {'' if yes == len(items) else 'not '}signed off.",
                source=f"{_CHECKLIST}#/phases/{phase - 1}/items",
                about=_subjects(items),
                holds=yes == len(items),
            ),
            stated=True,
            folded=True,
        ),
    )


def _subjects(items: Iterable[ChecklistItem]) -> list[str]:
    paths: dict[str, None] = {}
    for item in items:
        paths[item.source.split("#", maxsplit=1)[0]] = None
        paths.update(dict.fromkeys(item.subjects))
    return list(paths)


def gate_table(matter: Matter, ledger: Ledger, phase: int) -> tuple[Block, ...]:
    """Return what the gates of a phase say about each unit."""
    rows, passed, sources = [], 0, []
    for unit in matter.facts.units:
        results = unit.gate.results if unit.gate is not None else ()
        for result in results:
            if result.phase != phase:
                continue
            passed += result.passed
            sources.append(unit.record("gate"))
            looked = ", ".join(f"{name} {count}" for name, count in result.evidence.items())
            said = "; ".join(f"{f.file}:{f.line} {f.message}" for f in result.findings)
            cells = (quote(result.gate_id), result.title, quote(unit.unit_id), said or looked)
            rows.append(Row(cells=cells, state=result.passed))
    if not rows:
        return ()
    return (
        Table(
            caption=f"Gates of phase {phase}",
            headers=("gate", "what it proves", "unit", "seen"),
            rows=tuple(rows),
            claim=ledger.say(
                f"{passed} of {plural(len(rows), 'gate result')} of phase {phase} passed.",
                source=f"{sources[0]}#/results",
                about=sources,
                holds=passed == len(rows),
            ),
            stated=True,
            folded=True,
        ),
    )


def snippets(
    matter: Matter, ledger: Ledger, wanted: Iterable[str], *, shows: str, most: int = 4
) -> tuple[Block, ...]:
    """Return lines of installed code around the places that gates have named.

    Args:
        matter: the facts.
        ledger: for the claims.
        wanted: ids of checklist items whose gates' places are shown.
        shows: what the lines show, for the sentence.
        most: the largest number of snippets.
    """
    ids = set(wanted)
    found: list[Block] = []
    for unit in matter.facts.built:
        for place in _places(unit, ids):
            path, _, number = place.rpartition(":")
            content = matter.facts.folder.files.get(f"repo/{path}")
            if content is None or not number.isdigit() or len(found) >= most:
                continue
            found.append(_snippet(f"repo/{path}", int(number), content.decode(), shows, ledger))
    return tuple(found)


def _places(unit: UnitEvidence, ids: set[str]) -> list[str]:
    results = unit.gate.results if unit.gate is not None else ()
    places = [p for result in results if ids & set(result.items) for p in result.places[:1]]
    return list(dict.fromkeys(places))


def _snippet(path: str, line: int, text: str, shows: str, ledger: Ledger) -> Snippet:
    lines = text.splitlines()
    first = max(line - 1, 0)
    shown = lines[first : first + _CONTEXT_LINES]
    return Snippet(
        path=path,
        line=line,
        text="\n".join(shown),
        claim=ledger.say(f"{quote(f'{path}:{line}')} {shows}.", source=path, holds=bool(shown)),
    )


def line_snippet(
    matter: Matter, ledger: Ledger, path: str, words: tuple[str, ...], *, shows: str
) -> Snippet | None:
    """Return the first line of code in an installed file that holds one of `words`."""
    content = matter.facts.folder.files.get(path)
    if content is None:
        return None
    text = content.decode()
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith(("from ", "import ", "#", '"')):
            continue
        if any(word in stripped for word in words):
            return _snippet(path, number, text, shows, ledger)
    return None
