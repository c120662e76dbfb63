"""Where a build stands: what failed, and what keeps the final declaration back."""

from collections.abc import Iterator
from dataclasses import dataclass

from generators.engine.evidence.checklist import ChecklistItem, signed_off
from generators.engine.evidence.claims import plural
from generators.engine.evidence.floors import lowered_floors
from generators.engine.evidence.folder import Facts, UnitEvidence, mapping
from generators.engine.evidence.manifests import deployment_reasons
from generators.engine.evidence.measures import changed_since_install, unit_figures
from generators.engine.evidence.phases import PhaseResult, undone

_MASTER = ".stage/meta/meta.codegen.schema.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hindrance:
    """One reason against the declaration.

    Attributes:
        kind: short word, for example `verdict` or `question`.
        text: the reason in plain words.
        source: the record that says so.
        failure: whether it is a failure (shown first) or an unfinished matter.
    """

    kind: str
    text: str
    source: str
    failure: bool


def hindrances(
    facts: Facts, items: tuple[ChecklistItem, ...], phases: tuple[PhaseResult, ...]
) -> tuple[Hindrance, ...]:
    """Return everything that keeps the declaration back, failures first.

    Args:
        facts: everything known.
        items: the answered checklist.
        phases: the phases with their results.
    """
    found = [
        *_findings(facts),
        *(h for unit in facts.units for h in _unit(unit)),
        *_integration(facts),
        *_drift(facts),
        *_flags(facts),
        *_floors(facts),
        *_checklist(facts, items),
        *(
            Hindrance(kind="phase", text=text, source=f"{_MASTER}#/phases", failure=False)
            for text in undone(phases)
        ),
    ]
    return tuple(sorted(found, key=lambda hindrance: not hindrance.failure))


def _findings(facts: Facts) -> Iterator[Hindrance]:
    for index, finding in enumerate(facts.findings):
        if finding.severity == "error":
            yield Hindrance(
                kind="finding",
                text=f"{finding.code} {finding.file}:{finding.line}: {finding.message}",
                source=f".stage/findings.json#/{index}",
                failure=True,
            )


def _unit(unit: UnitEvidence) -> Iterator[Hindrance]:
    plan_path = unit.stage("plan.json")
    if unit.plan.deferred:
        asked = len(unit.plan.questions)
        also = f" ({plural(asked, 'question')} open)" if asked else ""
        text = f"{unit.unit_id} is deferred: {unit.plan.deferred}{also}"
        yield Hindrance(kind="deferred", text=text, source=f"{plan_path}#/deferred", failure=False)
        return
    for index, question in enumerate(unit.plan.questions):
        yield Hindrance(
            kind="question",
            text=f"{unit.unit_id} Q{question.number}: {question.text}",
            source=f"{plan_path}#/questions/{index}",
            failure=True,
        )
    for index, reason in enumerate(unit.plan.blocked_by):
        yield Hindrance(
            kind="blocked",
            text=f"{unit.unit_id} is blocked: {reason}",
            source=f"{plan_path}#/blocked_by/{index}",
            failure=True,
        )
    if unit.plan.buildable:
        yield from _judged(unit)


def _judged(unit: UnitEvidence) -> Iterator[Hindrance]:
    verdict_path = unit.stage("verdict.json")
    if unit.verdict is None:
        text = f"{unit.unit_id} has no verdict"
        yield Hindrance(kind="verdict", text=text, source=verdict_path, failure=True)
    elif not unit.verdict.passed:
        reasons = unit.verdict.reasons or ("its verdict gives no reason",)
        for index, reason in enumerate(reasons):
            yield Hindrance(
                kind="verdict",
                text=f"{unit.unit_id} did not pass: {reason}",
                source=f"{verdict_path}#/reasons/{index}",
                failure=True,
            )
    for check in ("lint", "gate", "typecheck", "suite"):
        if getattr(unit, check) is None:
            name = "test" if check == "suite" else check
            text = f"{unit.unit_id} has no record of {name}"
            yield Hindrance(kind="record", text=text, source=unit.record(name), failure=True)
    yield from _skipped(unit)


def _skipped(unit: UnitEvidence) -> Iterator[Hindrance]:
    skipped = unit_figures(unit).skipped
    if skipped:
        yield Hindrance(
            kind="skip",
            text=f"{unit.unit_id} skipped {plural(skipped, 'test')}",
            source=f"{unit.record('test')}#/tests",
            failure=False,
        )
    if unit.gate is not None and unit.gate.skipped:
        yield Hindrance(
            kind="skip",
            text=f"gates of {unit.unit_id} were skipped: {', '.join(unit.gate.skipped)}",
            source=f"{unit.record('gate')}#/skipped",
            failure=False,
        )
    if unit.installed is not None and unit.installed.overrides:
        count = plural(len(unit.installed.overrides), "override")
        yield Hindrance(
            kind="override",
            text=f"{count} of {unit.unit_id}: {', '.join(unit.installed.overrides)}",
            source=f"{unit.stage('installed.json')}#/overrides",
            failure=False,
        )


def _integration(facts: Facts) -> Iterator[Hindrance]:
    path = ".stage/records/integrate.json"
    if facts.integrate is None:
        yield Hindrance(
            kind="integration", text="integration was not run", source=path, failure=True
        )
        return
    probes = {
        "imports": [(p.module, p.message) for p in facts.integrate.imports if not p.passed],
        "links": [(p.path, p.message) for p in facts.integrate.links if not p.passed],
        "services": [
            (f"{p.method} {p.path}", f"{p.status} {p.message}".strip())
            for p in facts.integrate.services
            if not p.passed
        ],
        "edges": [
            (e.path, message)
            for e in facts.integrate.edges
            for message in e.messages or (() if e.passed else ("no test ran",))
        ],
    }
    for name, failed in probes.items():
        for what, message in failed:
            text = f"integration of {what}: {message}"
            yield Hindrance(kind="integration", text=text, source=f"{path}#/{name}", failure=True)


def _drift(facts: Facts) -> Iterator[Hindrance]:
    for path in changed_since_install(facts):
        gone = path not in facts.folder.files
        text = f"{path} {'is gone' if gone else 'was changed'} since it was installed"
        yield Hindrance(kind="drift", text=text, source=path, failure=True)


def _flags(facts: Facts) -> Iterator[Hindrance]:
    flags = facts.flags()
    source = f"{_MASTER}#/feature_flags"
    if not flags:
        yield Hindrance(kind="flag", text="no feature flag is known", source=source, failure=True)
    for name, on in flags.items():
        if not on:
            yield Hindrance(
                kind="flag", text=f"{name} is off", source=f"{source}/{name}", failure=False
            )


def _floors(facts: Facts) -> Iterator[Hindrance]:
    for lowered in lowered_floors(facts.meta):
        yield Hindrance(kind="floor", text=lowered.text, source=lowered.source, failure=True)


def _checklist(facts: Facts, items: tuple[ChecklistItem, ...]) -> Iterator[Hindrance]:
    path = ".stage/meta/meta.validation.checklist.json"
    required = mapping(facts.meta["meta.validation.checklist"], "master_sign_off")
    phases = required.get("requires_phases")
    for phase in phases if isinstance(phases, list) else []:
        number = int(str(phase))
        if signed_off(items, number):
            continue
        bad = [i for i in items if i.phase == number and i.holds is not True]
        named = ", ".join(
            f"{i.unit}/{i.item_id} ({'no' if i.holds is False else 'open'})" for i in bad
        )
        yield Hindrance(
            kind="checklist",
            text=f"phase {number} is not signed off: {named or 'it has no answered item'}",
            source=f"{path}#/phases",
            failure=any(i.holds is False for i in bad) and all(u.passed for u in facts.built),
        )


def deployment_ready(facts: Facts, found: tuple[Hindrance, ...]) -> bool:
    """Tell whether every agent of the collection may be deployed."""
    return not found and all(not deployment_reasons(unit) for unit in facts.built)
