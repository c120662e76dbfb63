"""Sections 7 and 8: what the tests showed, and whether schema and code still agree."""

from generators.engine.evidence.blocks import Block, Command, Row, Statements, Table
from generators.engine.evidence.build_metrics import build_metrics
from generators.engine.evidence.claims import Ledger, plural, quote
from generators.engine.evidence.edge_matrix import edge_matrix
from generators.engine.evidence.matter import Matter
from generators.engine.evidence.measures import (
    changed_since_install,
    total_figures,
    unit_figures,
    unplanned_files,
)
from generators.engine.evidence.section_parts import checklist_table, gate_table, phase_blocks

_MASTER = ".stage/meta/meta.codegen.schema.json"
_INTEGRATE = ".stage/records/integrate.json"


def validation_section(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Write section 7: tests by outcome and kind, coverage against its limit."""
    facts = matter.facts
    tested = [unit for unit in facts.units if unit.suite is not None]
    figures = total_figures(tested)
    minimum = facts.gate_minimum("coverage")
    least = "no limit" if minimum is None else f"at least {minimum * 100:.1f} %"
    source = tested[0].record("test") if tested else ".stage/plan.json"
    records = [unit.record("test") for unit in tested]
    return (
        *phase_blocks(matter, ledger, 4),
        Statements(
            claims=(
                ledger.say(
                    f"{figures.passed} of {plural(figures.cases, 'test')} passed "
                    f"({figures.pass_share}), {figures.failed} failed, "
                    f"{figures.skipped} skipped.",
                    source=f"{source}#/tests",
                    about=records,
                    holds=figures.cases > 0 and figures.passed == figures.cases,
                ),
                ledger.say(
                    f"{plural(figures.positive, 'test')} positive, {figures.negative} negative, "
                    f"{figures.regression} regression, in {plural(figures.files, 'file')}.",
                    source=f"{source}#/tests",
                    about=records,
                    holds=figures.positive > 0 and figures.negative > 0,
                ),
                ledger.say(
                    f"Coverage is {figures.coverage} ({figures.lines} of lines, "
                    f"{figures.branches} of branches), {least}.",
                    source=f"{source}#/coverage",
                    about=records,
                    holds=minimum is not None
                    and figures.lines.whole > 0
                    and figures.coverage.ratio >= minimum,
                ),
            )
        ),
        *_failed_tests(matter, ledger),
        *_by_unit(matter, ledger),
        *_by_file(matter, ledger),
        *_probes(matter, ledger),
        *edge_matrix(matter, ledger),
        *_metrics(matter, ledger),
        *gate_table(matter, ledger, 4),
        *checklist_table(matter, ledger, 4),
        *(
            Command(text=f"doit -a test:{unit.unit_id}", shows=f"the tests of {unit.unit_id}")
            for unit in facts.built
        ),
    )


def _failed_tests(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    failed = [
        (unit, case)
        for unit in matter.facts.units
        for case in (unit.suite.tests if unit.suite is not None else ())
        if case.outcome != "passed"
    ]
    if not failed:
        return ()
    return (
        Table(
            caption="Tests that did not pass",
            headers=("test", "outcome", "message"),
            rows=tuple(
                Row(
                    cells=(quote(f"{c.path}::{c.name}"), c.outcome, _last_line(c.message)),
                    state=None if c.outcome == "skipped" else False,
                )
                for _, c in failed
            ),
            claim=ledger.say(
                f"{plural(len(failed), 'test')} did not pass.",
                source=f"{failed[0][0].record('test')}#/tests",
                about=(f"repo/{case.path}" for _, case in failed),
                holds=False,
            ),
            stated=True,
        ),
    )


def _last_line(message: str) -> str:
    lines = message.strip().splitlines()
    return lines[-1][:200] if lines else "-"


def _by_unit(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    minimum = matter.facts.gate_minimum("coverage")
    rows = []
    for unit in matter.facts.units:
        if unit.suite is None:
            continue
        f = unit_figures(unit)
        enough = minimum is None or f.coverage.ratio >= minimum
        rows.append(
            Row(
                cells=(
                    quote(unit.unit_id),
                    str(f.cases),
                    str(f.passed),
                    str(f.failed),
                    str(f.skipped),
                    f"{f.positive} / {f.negative} / {f.regression}",
                    str(f.lines),
                    str(f.branches),
                    str(f.coverage),
                ),
                state=f.passed == f.cases and enough,
            )
        )
    if not rows:
        return ()
    good = sum(row.state is True for row in rows)
    return (
        Table(
            caption="Tests and coverage by unit",
            headers=(
                "unit",
                "tests",
                "passed",
                "failed",
                "skipped",
                "positive / negative / regression",
                "lines",
                "branches",
                "coverage",
            ),
            rows=tuple(rows),
            claim=ledger.say(
                f"{good} of {plural(len(rows), 'unit')} passed all tests with enough coverage.",
                source=".stage/plan.json#/units",
                about=(u.record("test") for u in matter.facts.units),
                holds=good == len(rows),
            ),
            stated=True,
        ),
    )


def _by_file(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    rows = [
        Row(
            cells=(
                quote(path),
                f"{entry.covered_lines}/{entry.statements}",
                f"{entry.covered_branches}/{entry.branches}",
                ", ".join(map(str, entry.missing_lines[:12])) or "-",
            )
        )
        for unit in matter.facts.units
        if unit.suite is not None
        for path, entry in unit.suite.coverage.items()
    ]
    if not rows:
        return ()
    tested = next(unit for unit in matter.facts.units if unit.suite is not None)
    return (
        Table(
            caption="Coverage by file",
            headers=("file", "lines", "branches", "lines that did not run"),
            rows=tuple(rows),
            claim=ledger.say(
                f"Coverage was measured over {plural(len(rows), 'file')}.",
                source=f"{tested.record('test')}#/coverage",
            ),
            folded=True,
        ),
    )


def _probes(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    record = matter.facts.integrate
    if record is None:
        claim = ledger.say("Integration was not run.", source=_INTEGRATE, holds=False)
        return (Statements(claims=(claim,)),)
    probes = [
        *((f"import {p.module}", p.unit, p.passed, p.message) for p in record.imports),
        *((f"link {p.path}", p.unit, p.passed, p.message) for p in record.links),
        *(
            (f"{p.method} {p.path}", p.unit, p.passed, p.message or f"status {p.status}")
            for p in record.services
        ),
    ]
    passed = sum(probe[2] for probe in probes)
    return (
        Table(
            caption="Integration: everything together, in a clean interpreter",
            headers=("probe", "unit", "result"),
            rows=tuple(
                Row(cells=(quote(what), quote(unit), message or "fine"), state=good)
                for what, unit, good, message in probes
            ),
            claim=ledger.say(
                f"{passed} of {plural(len(probes), 'integration probe')} passed: "
                f"{plural(len(record.imports), 'import')}, {plural(len(record.links), 'link')}, "
                f"{plural(len(record.services), 'service')}.",
                source=_INTEGRATE,
                holds=bool(probes) and passed == len(probes),
            ),
            stated=True,
            folded=True,
        ),
    )


def _metrics(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    metrics = build_metrics(matter)
    if not metrics:
        return ()
    known = sum(bool(metric.value) for metric in metrics)
    return (
        Table(
            caption="Metrics of the build",
            headers=("metric", "value"),
            rows=tuple(
                Row(cells=(metric.name.replace("_", " "), metric.value or "nothing measures it"))
                for metric in metrics
            ),
            claim=ledger.say(
                f"{known} of {plural(len(metrics), 'build metric')} measured.",
                source=f"{_MASTER}#/monitoring/build_metrics",
                about=(unit.record("test") for unit in matter.facts.units),
                holds=known == len(metrics),
            ),
        ),
    )


def verification_section(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Write section 8: schema against code, and what changed behind the build's back."""
    facts = matter.facts
    changed = changed_since_install(facts)
    installed = sum(len(unit.installed.files) for unit in facts.units if unit.installed is not None)
    extra = [path for unit in facts.built for path in unplanned_files(facts, unit)]
    asked = sum(
        len(u.agent.instructions.generate_files) for u in facts.built if u.agent is not None
    )
    there = sum(
        unit.digest_of(file.path) is not None
        for unit in facts.built
        for file in (unit.agent.instructions.generate_files if unit.agent is not None else ())
    )
    checked, same = _as_checked(matter)
    return (
        *phase_blocks(matter, ledger, 5),
        Statements(
            claims=(
                ledger.say(
                    f"{there} of {plural(asked, 'file')} that the schemas list "
                    f"{'is' if there == 1 else 'are'} installed.",
                    source=".stage/plan.json#/units",
                    about=(unit.stage("schema.json") for unit in facts.built),
                    holds=there == asked,
                ),
                ledger.say(
                    f"{same} of {plural(checked, 'installed file')} "
                    f"{'is' if same == 1 else 'are'} byte for byte what the checks saw.",
                    source=".stage/plan.json#/units",
                    about=(unit.stage("formatted.json") for unit in facts.units),
                    holds=same == checked,
                ),
                ledger.say(
                    f"{len(changed)} of {plural(installed, 'installed copy')} "
                    f"changed since{': ' + ', '.join(map(quote, changed)) if changed else ''}.",
                    source=".stage/plan.json#/units",
                    about=(unit.stage("installed.json") for unit in facts.units),
                    holds=not changed,
                ),
                ledger.say(
                    f"{plural(len(extra), 'file')} outside the plan"
                    f"{': ' + ', '.join(map(quote, extra)) if extra else ''}.",
                    source="locked_todo_plan.json#/units",
                    holds=not extra,
                ),
            )
        ),
        *gate_table(matter, ledger, 5),
        *checklist_table(matter, ledger, 5),
        Command(text="doit verify", shows="all digests and signatures, again"),
    )


def _as_checked(matter: Matter) -> tuple[int, int]:
    pairs = [
        (unit.formatted.get(file.path), unit.digest_of(file.path))
        for unit in matter.facts.units
        for file in unit.plan.files
        if unit.digest_of(file.path) is not None
    ]
    return len(pairs), sum(seen == installed for seen, installed in pairs)
