"""Sections 4 to 6: what was there before, what was made, and what makes it safe."""

from generators.engine.evidence.blocks import Block, Command, Heading, Row, Statements, Table
from generators.engine.evidence.claims import Ledger, plural, quote, short
from generators.engine.evidence.folder import LAYER_STORES, mapping
from generators.engine.evidence.matter import Matter
from generators.engine.evidence.section_parts import (
    checklist_table,
    gate_table,
    line_snippet,
    phase_blocks,
    snippets,
)

_BASELINE = ".stage/records/baseline.json"
_INTEGRATE = ".stage/records/integrate.json"
_MASTER = ".stage/meta/meta.codegen.schema.json"

_MOST_LINES = 4
_GUARDS = ("input_validation", "output_bounds", "no_nan_or_infinity", "rate_limits")


_EXTENSION_POINTS = {
    "bind": "functions bound to linked code",
    "extend": "subclass in place of the generated class",
}


def baseline_section(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Write section 4: targets, stores, anchors, flags."""
    facts = matter.facts
    baseline = facts.baseline
    writable = baseline.writable if baseline is not None else {}
    good = sum(writable.values())
    stopped = [unit for unit in facts.agents if unit.plan.blocked_by]
    return (
        *phase_blocks(matter, ledger, 1),
        Statements(
            claims=(
                ledger.say(
                    (
                        f"{good} of {plural(len(writable), 'target folder')} can be written."
                        if writable
                        else "Whether the targets can be written is not on record."
                    ),
                    source=f"{_BASELINE}#/writable",
                    holds=bool(writable) and good == len(writable),
                ),
                ledger.say(
                    f"{plural(len(stopped), 'agent')} "
                    f"{'is' if len(stopped) == 1 else 'are'} blocked.",
                    source=".stage/plan.json#/units",
                    holds=not stopped,
                ),
                ledger.say(
                    "Stores and anchors are checked against the templates and embedded stores; "
                    "no real server was reached.",
                    source=f"{_MASTER}#/memory",
                ),
            )
        ),
        *_stores(matter, ledger),
        *_flags(matter, ledger),
        *gate_table(matter, ledger, 1),
        *checklist_table(matter, ledger, 1),
    )


def _stores(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    stores = mapping(matter.facts.master, "memory")
    rows = []
    for unit in matter.facts.built:
        for layer in unit.agent.memory if unit.agent is not None else ():
            store = stores.get(LAYER_STORES.get(layer.name, ""))
            backend = store if isinstance(store, dict) else {}
            kept = "for ever" if layer.retention_days is None else f"{layer.retention_days:g} days"
            kept = f"{layer.ttl_seconds:g} s" if layer.ttl_seconds is not None else kept
            cells = (
                quote(unit.unit_id),
                quote(layer.name),
                str(backend.get("backend", "no store")),
                quote(backend.get("connection", "-")),
                kept,
            )
            rows.append(Row(cells=cells, state=bool(backend.get("connection"))))
    if not rows:
        return ()
    configured = sum(row.state is True for row in rows)
    return (
        Table(
            caption="Memory layers and their stores",
            headers=("agent", "layer", "store", "connection", "kept"),
            rows=tuple(rows),
            claim=ledger.say(
                f"{configured} of {plural(len(rows), 'memory layer')} "
                f"{'has' if configured == 1 else 'have'} a configured store.",
                source=f"{_MASTER}#/memory",
                about=(u.stage("schema.json") for u in matter.facts.built),
                holds=configured == len(rows),
            ),
            stated=True,
        ),
    )


def _flags(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    flags = matter.facts.flags()
    on = sum(flags.values())
    return (
        Table(
            caption="Feature flags",
            headers=("flag", "state"),
            rows=tuple(
                Row(cells=(quote(name), "on" if value else "off"), state=value)
                for name, value in flags.items()
            ),
            claim=ledger.say(
                f"{on} of {plural(len(flags), 'feature flag')} {'is' if on == 1 else 'are'} on.",
                source=f"{_MASTER}#/feature_flags",
                about=(_BASELINE,),
                holds=bool(flags) and on == len(flags),
            ),
            stated=True,
        ),
    )


def implementation_section(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Write section 5: every file with its lines, its pattern and its digest."""
    facts = matter.facts
    made = [
        (unit, file)
        for unit in facts.units
        for file in unit.plan.files
        if unit.digest_of(file.path) is not None
    ]
    lines = sum(facts.folder.lines(f"repo/{file.path}") for _, file in made)
    planned = sum(
        file.role != "log" for u in facts.units if u.plan.buildable for file in u.plan.files
    )
    return (
        *phase_blocks(matter, ledger, 2),
        Statements(
            claims=(
                ledger.say(
                    f"{len(made)} of {plural(planned, 'planned file')} installed, "
                    f"{plural(lines, 'line')} in all.",
                    source=f"{_source(matter)}#/files",
                    about=(f"repo/{file.path}" for _, file in made),
                    holds=len(made) == planned,
                ),
            )
        ),
        *(block for unit in facts.units for block in _file_table(unit.unit_id, matter, ledger)),
        *_extension_points(matter, ledger),
        *_checks(matter, ledger),
        *gate_table(matter, ledger, 2),
        *checklist_table(matter, ledger, 2),
        Command(text="doit list --all", shows="every task that made these files"),
    )


def _extension_points(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """List what is not generated but wired in: functions over linked code, and subclasses."""
    found = [
        (unit, file)
        for unit in matter.facts.built
        for file in unit.plan.files
        if file.origin in _EXTENSION_POINTS
    ]
    if not found:
        return ()
    return (
        Table(
            caption="Extension points",
            headers=("agent", "file", "how"),
            rows=tuple(
                Row(
                    cells=(quote(unit.unit_id), quote(file.path), _EXTENSION_POINTS[file.origin]),
                    state=unit.digest_of(file.path) is not None,
                )
                for unit, file in found
            ),
            claim=ledger.say(
                f"{plural(len(found), 'file')} {'stands' if len(found) == 1 else 'stand'} "
                "over code that is not generated.",
                source=".stage/plan.json#/units",
                about=(unit.stage("plan.json") for unit, _ in found),
            ),
            stated=True,
        ),
    )


def _source(matter: Matter) -> str:
    first = next((u for u in matter.facts.units if u.installed is not None), None)
    return first.stage("installed.json") if first is not None else "locked_todo_plan.json"


def _file_table(unit_id: str, matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    unit = next(unit for unit in matter.facts.units if unit.unit_id == unit_id)
    folder = matter.facts.folder
    files = [file for file in unit.plan.files if unit.digest_of(file.path) is not None]
    if not files:
        return ()
    lines = sum(folder.lines(f"repo/{file.path}") for file in files)
    return (
        Table(
            caption=f"Files of {unit_id}",
            headers=("file", "role", "lines", "sha256", "pattern"),
            rows=tuple(
                Row(
                    cells=(
                        quote(file.path),
                        file.role,
                        str(folder.lines(f"repo/{file.path}")),
                        quote(short(unit.digest_of(file.path))),
                        quote(file.pattern) if file.pattern else "-",
                    )
                )
                for file in files
            ),
            claim=ledger.say(
                f"{quote(unit_id)} has {plural(len(files), 'file')} with {plural(lines, 'line')}.",
                source=f"{unit.stage('installed.json')}#/files",
                about=(f"repo/{file.path}" for file in files),
            ),
            folded=True,
        ),
    )


def _checks(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    rows, sources = [], []
    for unit in matter.facts.units:
        for check in ("lint", "typecheck"):
            record = unit.lint if check == "lint" else unit.typecheck
            if record is None:
                continue
            sources.append(unit.record(check))
            complaints = "; ".join(f"{v.path}:{v.line} {v.code}" for v in record.violations[:5])
            cells = (
                quote(unit.unit_id),
                record.tool,
                str(record.files),
                str(len(record.violations)),
                complaints or "-",
            )
            rows.append(Row(cells=cells, state=record.passed))
    if not rows:
        return ()
    passed = sum(row.state is True for row in rows)
    return (
        Table(
            caption="Linter and type checker",
            headers=("unit", "tool", "files", "complaints", "first"),
            rows=tuple(rows),
            claim=ledger.say(
                f"{passed} of {plural(len(rows), 'run')} of linter and type checker passed.",
                source=sources[0],
                about=sources,
                holds=passed == len(rows),
            ),
            stated=True,
        ),
    )


def enforcement_section(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Write section 6: guards, limits, audit and governance checks, with lines of code."""
    return (
        *phase_blocks(matter, ledger, 3),
        *gate_table(matter, ledger, 3),
        *checklist_table(matter, ledger, 3),
        *_guards(matter, ledger),
    )


def _guards(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    found = snippets(matter, ledger, _GUARDS, shows="guards what comes in or goes out")
    found += _named_lines(matter, ledger)
    return (Heading(text="Where it is enforced"), *found) if found else ()


def _named_lines(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Return the first guard in each of the first modules that promise one."""
    found: list[Block] = []
    for unit in matter.facts.built:
        for file in unit.plan.in_role("module"):
            guarded = {"guarded_input", "guarded_output"} & set(file.traits)
            if not guarded or len(found) == _MOST_LINES:
                continue
            block = line_snippet(
                matter,
                ledger,
                f"repo/{file.path}",
                ("guards.", "finite_", "checked_", "within("),
                shows="guards what comes in or goes out",
            )
            if block is not None:
                found.append(block)
    return tuple(found)
