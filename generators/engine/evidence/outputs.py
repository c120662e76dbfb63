"""The plain text outputs of the phases: baseline, tests, verification, readiness, notices."""

from collections.abc import Iterable

from generators.engine.evidence.checklist import ChecklistItem
from generators.engine.evidence.claims import plural
from generators.engine.evidence.folder import Facts, json_document, mapping, mappings
from generators.engine.evidence.measures import (
    changed_since_install,
    total_figures,
    unit_figures,
    unplanned_files,
)
from generators.engine.evidence.notices import all_notices
from generators.engine.evidence.standing import Hindrance
from generators.engine.render.safe_text import md, md_code, plain

_MARKS = {True: "yes ", False: "NO  ", None: "open"}


_NOT_REACHED = (
    "Stores and anchors were checked against the templates and local sinks only; "
    "no real server was reached."
)


def baseline_text(facts: Facts, items: tuple[ChecklistItem, ...]) -> bytes:
    """Return `baseline_confirmation_report.txt`: phase 1 of the checklist."""
    writable = facts.baseline.writable if facts.baseline is not None else {}
    lines = [
        f"Baseline of {plain(facts.plan.collection)} {plain(facts.plan.version)}",
        "",
        *(f"{_MARKS[good]}  can be written  {path}" for path, good in sorted(writable.items())),
        *(f"{_MARKS[on]}  flag            {name}" for name, on in facts.flags().items()),
        *_items(items, 1),
    ]
    return _text(lines)


def verification_text(facts: Facts, items: tuple[ChecklistItem, ...]) -> bytes:
    """Return `verification_report.txt`: phase 5 of the checklist, and drift."""
    changed = changed_since_install(facts)
    extra = [path for unit in facts.built for path in unplanned_files(facts, unit)]
    lines = [
        f"Verification of {plain(facts.plan.collection)} {plain(facts.plan.version)}",
        "",
        f"{plural(len(changed), 'file')} changed since installed",
        *(f"  {path}" for path in changed),
        f"{plural(len(extra), 'file')} outside the plan",
        *(f"  {path}" for path in extra),
        *_items(items, 5),
    ]
    return _text(lines)


def _items(items: tuple[ChecklistItem, ...], phase: int) -> list[str]:
    return [
        f"{_MARKS[item.holds]}  {item.unit}  {item.item_id}: {plain(item.proof)}"
        for item in items
        if item.phase == phase
    ]


def suite_text(facts: Facts) -> bytes:
    """Return `test_report.txt`: every test of every unit."""
    total = total_figures(facts.units)
    lines = [
        f"Tests of {plain(facts.plan.collection)} {plain(facts.plan.version)}",
        f"{total.passed} of {total.cases} passed, {total.failed} failed, {total.skipped} skipped",
        f"coverage {total.coverage} (lines {total.lines}, branches {total.branches})",
    ]
    for unit in facts.units:
        if unit.suite is None or not unit.suite.tests:
            continue
        figures = unit_figures(unit)
        lines += [
            "",
            f"{unit.unit_id}: {figures.passed} of {figures.cases}, coverage {figures.coverage}",
        ]
        for case in unit.suite.tests:
            kinds = ",".join(case.kinds) or "-"
            lines.append(f"  {case.outcome:8} {kinds:10} {case.path}::{plain(case.name)}")
    return _text(lines)


def readiness_markdown(facts: Facts, found: tuple[Hindrance, ...], *, ready: bool) -> bytes:
    """Return `deployment_readiness.md`: every reason against, and what must be set."""
    lines = [
        f"# Deployment readiness: {md(facts.plan.title)}",
        "",
        "Ready to deploy." if ready else f"**Not ready:** {plural(len(found), 'reason')}.",
        "",
        *(f"- {md(hindrance.text)}" for hindrance in found),
        *([""] if found else []),
        "## Environment variables to set",
        "",
        *(f"- {md_code(name)}: {md(use)}" for name, use in _variables(facts)),
        "",
        _NOT_REACHED,
        "",
        "## Agents",
        "",
        "| agent | state | health |",
        "|---|---|---|",
        *(
            f"| {md_code(unit.unit_id)} | {md(unit.state)} | {_health(unit.unit_id, facts)} |"
            for unit in facts.agents
        ),
    ]
    return _text(lines)


def _variables(facts: Facts) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for name, store in mapping(facts.master, "memory").items():
        if isinstance(store, dict):
            found[_variable(store.get("connection"))] = f"store of {name} memory"
    for anchor in mappings(mapping(facts.master, "governance"), "anchors"):
        for channel in ("email", "slack"):
            if anchor.get(channel):
                found[_variable(anchor[channel])] = f"{channel} of {anchor.get('name')}"
    return sorted(found.items())


def _variable(reference: object) -> str:
    return str(reference).strip("${}")


def _health(unit_id: str, facts: Facts) -> str:
    services = facts.integrate.services if facts.integrate is not None else ()
    probes = [probe for probe in services if probe.unit == unit_id]
    if not probes:
        return "not started"
    return ", ".join(f"{p.method} {md_code(p.path)} {p.status}" for p in probes)


def notices_json(facts: Facts) -> bytes:
    """Return `notifications.json`: what each anchor is told, for deployment to deliver."""
    return json_document({"delivered": "local sink", "notices": all_notices(facts)})


def _text(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines).rstrip("\n") + "\n").encode()
