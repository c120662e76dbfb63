"""What the report's page shows besides the ten sections: graph, small multiples, gate matrix."""

from dataclasses import dataclass

from generators.engine.evidence.agent_graph import AgentGraph, draw_graph
from generators.engine.evidence.claims import plural
from generators.engine.evidence.folder import UnitEvidence
from generators.engine.evidence.matter import Matter
from generators.engine.evidence.measures import Share, agent_counts, gates_passed, unit_figures

_SQUARES_A_ROW = 32
_SQUARE = 9
_BAR = 240


@dataclass(frozen=True, kw_only=True, slots=True)
class Square:
    """One test in the picture of all tests of a unit; `x` and `y` in pixels."""

    x: int
    y: int
    outcome: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A share as a bar.

    Attributes:
        name: what it measures.
        value: the share as text.
        width: length of the bar in pixels, of 240.
        tick: place of the limit in pixels; None if there is no limit.
        limit: the limit as text.
        good: whether the limit is met; without a limit, whether the share is whole.
    """

    name: str
    value: str
    width: int
    tick: int | None
    limit: str
    good: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One unit at a glance."""

    unit: str
    label: str
    state: str
    note: str
    counts: str
    tests: str
    squares: tuple[Square, ...]
    squares_height: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixCell:
    """The answer of one gate about one unit; `passed` None where it was not asked."""

    unit: str
    passed: bool | None
    seen: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixRow:
    """One gate over all units."""

    gate: str
    title: str
    phase: int
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class StageTime:
    """How long a stage took, as a part of the whole; `x` and `width` in thousandths."""

    stage: str
    seconds: str
    x: int
    width: int


def graph_of(matter: Matter) -> AgentGraph:
    """Return the drawing of the agents."""
    agents = matter.facts.agents
    return draw_graph(
        {unit.unit_id: unit.plan.hard for unit in agents},
        {unit.unit_id: (unit.state, _detail(unit)) for unit in agents},
    )


def _detail(unit: UnitEvidence) -> str:
    if unit.installed is not None and unit.plan.buildable:
        return plural(agent_counts(unit).modules, "module")
    return plural(len(unit.plan.files), "file") + " planned"


def cards_of(matter: Matter) -> tuple[Card, ...]:
    """Return one card a unit, agents first."""
    units = sorted(matter.facts.units, key=lambda unit: unit.plan.kind != "agent")
    return tuple(_card(unit, matter) for unit in units)


def _card(unit: UnitEvidence, matter: Matter) -> Card:
    figures = unit_figures(unit)
    minimum = matter.facts.gate_minimum("coverage")
    built = unit.plan.buildable and unit.verdict is not None
    bars: tuple[Bar, ...] = ()
    if built:
        bars = (
            *(
                (
                    _bar("lines", figures.lines, minimum),
                    _bar("branches", figures.branches, minimum),
                )
                if figures.lines.whole
                else ()
            ),
            _bar("checks", gates_passed(unit), None),
        )
    cases = unit.suite.tests if unit.suite is not None else ()
    squares = tuple(
        Square(
            x=(index % _SQUARES_A_ROW) * _SQUARE,
            y=(index // _SQUARES_A_ROW) * _SQUARE,
            outcome=case.outcome if case.outcome in ("passed", "skipped") else "failed",
            label=f"{case.outcome}: {case.path.rsplit('/', 1)[-1]}::{case.name}",
        )
        for index, case in enumerate(cases)
    )
    return Card(
        unit=unit.unit_id,
        label=unit.plan.label,
        state=unit.state,
        note=_note(unit),
        counts=str(agent_counts(unit)) if unit.plan.kind == "agent" and built else "",
        tests=f"{figures.passed} of {plural(figures.cases, 'test')} passed" if cases else "",
        squares=squares,
        squares_height=(len(squares) + _SQUARES_A_ROW - 1) // _SQUARES_A_ROW * _SQUARE,
        bars=bars,
    )


def _note(unit: UnitEvidence) -> str:
    if unit.plan.deferred:
        return unit.plan.deferred
    if unit.plan.questions:
        return plural(len(unit.plan.questions), "open question")
    if unit.plan.blocked_by:
        return "; ".join(unit.plan.blocked_by)
    if unit.verdict is None or unit.verdict.passed or not unit.verdict.reasons:
        return ""
    first, *others = unit.verdict.reasons
    return f"{first} (and {plural(len(others), 'other reason')})" if others else first


def _bar(name: str, share: Share, minimum: float | None) -> Bar:
    needed = 1.0 if minimum is None else minimum
    return Bar(
        name=name,
        value=f"{share.part}/{share.whole}" if minimum is None else str(share),
        width=round(share.ratio * _BAR),
        tick=None if minimum is None else round(minimum * _BAR),
        limit="" if minimum is None else f"at least {minimum * 100:.1f} %",
        good=share.ratio >= needed,
    )


def gate_matrix(matter: Matter) -> tuple[MatrixRow, ...]:
    """Return every gate that was asked, by phase and id, over all units that have a record."""
    units = [unit for unit in matter.facts.units if unit.gate is not None]
    known: dict[tuple[int, str], str] = {}
    for unit in units:
        for result in unit.gate.results if unit.gate is not None else ():
            known[result.phase, result.gate_id] = result.title
    return tuple(
        MatrixRow(
            gate=gate_id,
            title=title,
            phase=phase,
            cells=tuple(_cell(unit, gate_id) for unit in units),
        )
        for (phase, gate_id), title in sorted(known.items())
    )


def _cell(unit: UnitEvidence, gate_id: str) -> MatrixCell:
    result = unit.gate.outcome(gate_id) if unit.gate is not None else None
    if result is None:
        return MatrixCell(unit=unit.unit_id, passed=None, seen="not asked")
    seen = ", ".join(f"{name} {count}" for name, count in result.evidence.items())
    if not result.passed:
        seen = "; ".join(finding.message for finding in result.findings) or seen
    return MatrixCell(unit=unit.unit_id, passed=result.passed, seen=seen)


def stage_times(matter: Matter) -> tuple[StageTime, ...]:
    """Return the stages that were timed, in their order, as parts of the whole."""
    total = sum(matter.run.seconds.values())
    found, at = [], 0.0
    for stage, seconds in matter.run.seconds.items():
        share = seconds / total if total else 0.0
        found.append(
            StageTime(
                stage=stage,
                seconds=f"{seconds:.2f} s",
                x=round(at * 1000),
                width=round(share * 1000),
            )
        )
        at += share
    return tuple(found)
