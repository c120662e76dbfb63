"""Checklist items that are answered from plan, schema, installed files and probes."""

from collections.abc import Callable, Mapping
from typing import Final

from generators.engine.evidence.answers import Answer, all_of, missing, not_applicable
from generators.engine.evidence.claims import plural
from generators.engine.evidence.folder import (
    LAYER_STORES,
    Facts,
    UnitEvidence,
    mapping,
    mappings,
    texts,
)
from generators.engine.evidence.manifests import deployment_reasons, listed_files
from generators.engine.evidence.measures import (
    changed_since_install,
    unit_figures,
    unplanned_files,
)
from generators.engine.evidence.names import REPORT_SECTIONS, canonical_anchor
from generators.engine.evidence.notices import notices_for
from generators.engine.sources.canonical import Plain

Item = Mapping[str, Plain]

_BASELINE: Final = ".stage/records/baseline.json"
_INTEGRATE: Final = ".stage/records/integrate.json"
_MASTER: Final = ".stage/meta/meta.codegen.schema.json"


def _target_writable(_: UnitEvidence, facts: Facts, __: Item) -> Answer:
    if facts.baseline is None:
        return missing("the baseline", _BASELINE)
    writable = facts.baseline.writable
    bad = [path for path, yes in writable.items() if not yes]
    good = [path for path, yes in writable.items() if yes]
    if not writable:
        return missing("what can be written", f"{_BASELINE}#/writable")
    return all_of(good, bad, noun="writable folder", source=f"{_BASELINE}#/writable")


def _hard_dependencies(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    source = f"{unit.stage('plan.json')}#/hard"
    order = {known.unit_id: index for index, known in enumerate(facts.units)}
    mine = order[unit.unit_id]
    bad = [name for name in unit.plan.hard if order.get(name, mine) >= mine]
    good = [name for name in unit.plan.hard if name not in bad]
    return all_of(good, bad, noun="hard dependency", source=source)


def _soft_dependencies(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    source = f"{unit.stage('plan.json')}#/soft"
    complaints = [
        finding.message
        for finding in facts.findings
        if finding.agent == unit.unit_id and finding.pointer.startswith("/depends_on")
    ]
    known = [f"{name} ({_kind_of(name, facts)})" for name in unit.plan.soft]
    answer = all_of(known, complaints, noun="soft dependency", source=source)
    listed = f": {', '.join(known)}" if known and answer.holds else ""
    return Answer(holds=answer.holds, proof=answer.proof + listed, source=source)


def _kind_of(name: str, facts: Facts) -> str:
    return "agent" if any(unit.unit_id == name for unit in facts.agents) else "external"


def _memory_configured(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    stores = mapping(facts.master, "memory")
    layers = unit.agent.memory if unit.agent is not None else ()
    good: list[str] = []
    bad: list[str] = []
    for layer in layers:
        store = stores.get(LAYER_STORES.get(layer.name, layer.name))
        connection = store.get("connection") if isinstance(store, dict) else None
        (good if connection else bad).append(f"{layer.name} ({connection or 'no store'})")
    source = f"{_MASTER}#/memory"
    answer = all_of(good, bad, noun="memory layer", source=source)
    listed = f": {', '.join(good)}" if answer.holds and good else ""
    return Answer(holds=answer.holds, proof=answer.proof + listed, source=source)


def _anchors_configured(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    anchors = mappings(mapping(facts.master, "governance"), "anchors")
    reachable = {str(a.get("name")): texts(a, "channels") for a in anchors}
    good: list[str] = []
    bad: list[str] = []
    for name in unit.agent.governance.anchors if unit.agent is not None else ():
        channels = reachable.get(canonical_anchor(name, facts.glue), ())
        (good if channels else bad).append(f"{name} ({', '.join(channels) or 'no channel'})")
    source = f"{_MASTER}#/governance/anchors"
    answer = all_of(good, bad, noun="anchor", source=source)
    listed = f": {', '.join(good)}" if answer.holds and good else ""
    return Answer(holds=answer.holds, proof=answer.proof + listed, source=source)


def _no_cycle(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    cyclic = [reason for reason in unit.plan.blocked_by if "cycle" in reason]
    ordered = [other.unit_id for other in facts.agents]
    return all_of(ordered, cyclic, noun="agent in order", source="extraction_sequence.yaml#/agents")


def _flags_known(_: UnitEvidence, facts: Facts, __: Item) -> Answer:
    flags = facts.flags()
    states = ", ".join(f"{name} {'on' if on else 'OFF'}" for name, on in flags.items())
    source = f"{_MASTER}#/feature_flags"
    return Answer(holds=bool(flags), proof=f"{plural(len(flags), 'flag')}: {states}", source=source)


def _files_generated(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    if unit.installed is None:
        return missing("what is installed", unit.stage("installed.json"))
    good: list[str] = []
    bad: list[str] = []
    for file in unit.plan.files:
        there = f"repo/{file.path}" in facts.folder.files
        (good if there else bad).append(file.path)
    source = f"{unit.stage('installed.json')}#/files"
    return all_of(good, bad, noun="planned file", source=source, subjects=_paths(unit))


def _paths(unit: UnitEvidence, *roles: str) -> tuple[str, ...]:
    wanted = unit.plan.in_role(*roles) if roles else unit.plan.files
    return tuple(f"repo/{file.path}" for file in wanted)


def _imports_resolve(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    if facts.integrate is None:
        return missing("integration", _INTEGRATE)
    probes = [probe for probe in facts.integrate.imports if probe.unit == unit.unit_id]
    if not probes:
        return missing(f"imports of {unit.unit_id}", f"{_INTEGRATE}#/imports")
    return all_of(
        (p.module for p in probes if p.passed),
        (f"{p.module} ({p.message})" for p in probes if not p.passed),
        noun="import",
        source=f"{_INTEGRATE}#/imports",
    )


def _type_checked(unit: UnitEvidence, _: Facts, __: Item) -> Answer:
    record = unit.typecheck
    source = unit.record("typecheck")
    if record is None:
        return missing("the type checker", source)
    complaints = plural(len(record.violations), "complaint")
    found = f"{record.tool}: {plural(record.files, 'file')}, {complaints}"
    return Answer(holds=record.passed, proof=found, source=f"{source}#/passed")


def _error_handling(unit: UnitEvidence, _: Facts, __: Item) -> Answer:
    record = unit.lint
    source = unit.record("lint")
    if record is None:
        return missing("the linter", source)
    swallowed = [v for v in record.violations if v.code.startswith(("BLE", "E722", "S110", "TRY"))]
    return all_of(
        (f"{record.tool} over {plural(record.files, 'file')}",),
        (f"{v.path}:{v.line} {v.code}" for v in swallowed),
        noun="linter run",
        source=f"{source}#/violations",
    )


def _escalation_compiled(unit: UnitEvidence, _: Facts, __: Item) -> Answer:
    source = f"{unit.stage('schema.json')}#/schema/governance/escalationpolicy"
    if unit.ruling is None:
        return missing("the compiled rules", source)
    return all_of(
        (rule.rule_id for rule in unit.ruling.rules),
        (f"{c.text} ({c.reason})" for c in unit.ruling.uncompiled),
        noun="rule",
        source=source,
    )


def _rules_in_code(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    """Look for each rule's id in the installed modules."""
    source = f"{unit.stage('schema.json')}#/schema/governance/escalationpolicy"
    if unit.ruling is None:
        return missing("the compiled rules", source)
    if not unit.ruling.rules:
        return not_applicable("the schema declares no condition", source)
    code = _module_text(unit, facts)
    return all_of(
        (rule.rule_id for rule in unit.ruling.rules if rule.rule_id in code),
        (
            f"{rule.rule_id} is not in the code"
            for rule in unit.ruling.rules
            if rule.rule_id not in code
        ),
        noun="rule",
        source=source,
        subjects=_paths(unit, "module"),
    )


def _anchors_in_code(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    names = unit.agent.governance.anchors if unit.agent is not None else ()
    source = f"{unit.stage('schema.json')}#/schema/governance/anchors"
    return _named_in_code(unit, facts, names, "anchor", source)


def _scope_in_code(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    names = unit.agent.governance.audit_scope if unit.agent is not None else ()
    source = f"{unit.stage('schema.json')}#/schema/governance/auditscope"
    return _named_in_code(unit, facts, names, "kind of event", source)


def _named_in_code(
    unit: UnitEvidence, facts: Facts, names: tuple[str, ...], noun: str, source: str
) -> Answer:
    if not names:
        return not_applicable(f"the schema declares no {noun}", source)
    code = _module_text(unit, facts)
    aliases = {name: (name, canonical_anchor(name, facts.glue)) for name in names}
    found = [name for name in names if any(alias in code for alias in aliases[name])]
    lost = [f"{name} is not in the code" for name in names if name not in found]
    return all_of(found, lost, noun=noun, source=source, subjects=_paths(unit, "module"))


def _module_text(unit: UnitEvidence, facts: Facts) -> str:
    contents = (facts.folder.files.get(path, b"") for path in _paths(unit, "module"))
    return "\n".join(content.decode(errors="replace") for content in contents)


def _generatefiles(unit: UnitEvidence, _: Facts, __: Item) -> Answer:
    asked = unit.agent.instructions.generate_files if unit.agent is not None else ()
    return _listed(unit, tuple(str(file.path) for file in asked), "module", "generatefiles")


def _generatedocs(unit: UnitEvidence, _: Facts, __: Item) -> Answer:
    asked = unit.agent.instructions.generate_docs if unit.agent is not None else ()
    return _listed(unit, tuple(str(file.path) for file in asked), "doc", "generatedocs")


def _listed(unit: UnitEvidence, asked: tuple[str, ...], role: str, field: str) -> Answer:
    if unit.installed is None:
        return missing("what is installed", unit.stage("installed.json"))
    there = [f.path for f in unit.plan.in_role(role) if unit.digest_of(f.path) is not None]
    absent = [f"{path} is missing" for path in asked if path not in there]
    listed = set(asked) or {f.path for f in unit.plan.in_role(role) if f.origin == "meta"}
    listed |= {f.path for f in unit.plan.in_role(role) if f.origin == "extract"}
    extra = [f"{path} is not listed" for path in there if path not in listed]
    return all_of(
        (path for path in there if path in listed),
        (*absent, *extra),
        noun="listed file",
        source=f"{unit.stage('schema.json')}#/schema/cursorinstructions/{field}",
        subjects=_paths(unit, role),
    )


def _links(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    source = f"{_INTEGRATE}#/links"
    if facts.integrate is None:
        return missing("integration", source)
    asked = unit.agent.instructions.link_existing if unit.agent is not None else ()
    modules = [link.path for link in asked if link.path.endswith(".py")]
    if not modules:
        return not_applicable("no Python file is linked", source)
    probes = {p.path: p for p in facts.integrate.links if p.unit == unit.unit_id}
    good = [path for path in modules if path in probes and probes[path].passed]
    bad = [
        f"{path} ({probes[path].message})" if path in probes else f"{path} (not probed)"
        for path in modules
        if path not in good
    ]
    return all_of(good, bad, noun="link", source=source)


def _unplanned(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    source = f"{unit.stage('installed.json')}#/files"
    if unit.installed is None:
        return missing("what is installed", source)
    own = set(unit.installed.files)
    changed = [f"{p} was changed by hand" for p in changed_since_install(facts) if p in own]
    extra = [f"{path} is not planned" for path in unplanned_files(facts, unit)]
    return all_of(own, (*extra, *changed), noun="installed file", source=source)


def _integration_dependencies(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    source = f"{_INTEGRATE}#/services"
    if facts.integrate is None:
        return missing("integration", source)
    agents = {known.unit_id for known in facts.agents}
    needed = [name for name in unit.plan.hard if name in agents]
    probes = [p for p in facts.integrate.services if p.unit in (unit.unit_id, *needed)]
    if not any(probe.unit == unit.unit_id for probe in probes):
        return missing(f"a call to {unit.unit_id}", source)
    return all_of(
        (f"{p.method} {p.path}" for p in probes if p.passed),
        (f"{p.method} {p.path}: {p.status} {p.message}" for p in probes if not p.passed),
        noun="answered call",
        source=source,
    )


def _coverage(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    source = f"{unit.record('test')}#/coverage"
    minimum = facts.gate_minimum("coverage")
    if unit.suite is None or minimum is None:
        return missing("coverage", source)
    figures = unit_figures(unit)
    proof = f"lines {figures.lines}, branches {figures.branches}; at least {minimum * 100:.1f} %"
    return Answer(holds=figures.coverage.ratio >= minimum, proof=proof, source=source)


def _report_sections(_: UnitEvidence, __: Facts, item: Item) -> Answer:
    wanted = item.get("minimum")
    least = wanted if isinstance(wanted, int) else len(REPORT_SECTIONS)
    return Answer(
        holds=len(REPORT_SECTIONS) >= least,
        proof=f"{len(REPORT_SECTIONS)} sections of at least {least}",
        source="locked_todo_plan.json",
    )


def _readiness(unit: UnitEvidence, _: Facts, __: Item) -> Answer:
    reasons = deployment_reasons(unit)
    named = ", ".join(reasons) or "none against"
    return Answer(
        holds=True,
        proof=f"{plural(len(reasons), 'reason')} in deployment_readiness.md: {named}",
        source=unit.stage("verdict.json"),
    )


def _notifications(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    sent = notices_for(unit, facts)
    names = unit.agent.governance.anchors if unit.agent is not None else ()
    told = {notice.anchor for notice in sent}
    lost = [name for name in names if canonical_anchor(name, facts.glue) not in told]
    answer = all_of(sorted(told), lost, noun="anchor", source=f"{_MASTER}#/governance/anchors")
    proof = f"{answer.proof} told through the local sink notifications.json"
    return Answer(holds=answer.holds, proof=proof, source=answer.source)


def _manifest(unit: UnitEvidence, facts: Facts, _: Item) -> Answer:
    path = unit.manifest_path
    content = facts.folder.files.get(path)
    if content is None:
        return missing("a manifest", path)
    listed = listed_files(content)
    planned = [f.path for f in unit.plan.files if unit.digest_of(f.path) is not None]
    wrong = [
        f"{p} is not listed as installed" for p in planned if listed.get(p) != unit.digest_of(p)
    ]
    extra = [f"{p} is listed but not installed" for p in listed if p not in planned]
    return all_of(
        (p for p in planned if listed.get(p) == unit.digest_of(p)),
        (*wrong, *extra),
        noun="file",
        source=f"{path}#/files",
    )


EVALUATORS: Final[Mapping[str, Callable[[UnitEvidence, Facts, Item], Answer]]] = {
    "target_writable": _target_writable,
    "hard_dependencies_built": _hard_dependencies,
    "soft_dependencies_known": _soft_dependencies,
    "memory_configured": _memory_configured,
    "anchors_configured": _anchors_configured,
    "no_blocking_cycle": _no_cycle,
    "flags_known": _flags_known,
    "files_generated": _files_generated,
    "imports_resolve": _imports_resolve,
    "type_hints": _type_checked,
    "error_handling": _error_handling,
    "escalation_wired": _escalation_compiled,
    "generatefiles_match": _generatefiles,
    "generatedocs_match": _generatedocs,
    "links_match": _links,
    "anchors_match": _anchors_in_code,
    "escalation_policy_match": _rules_in_code,
    "audit_scope_match": _scope_in_code,
    "no_unplanned_file": _unplanned,
    "integration_dependencies": _integration_dependencies,
    "coverage": _coverage,
    "report_sections": _report_sections,
    "readiness": _readiness,
    "notifications": _notifications,
    "manifest": _manifest,
}
"""By item id."""
