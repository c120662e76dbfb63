"""Sections 9 and 10: governance, and the final declaration."""

from collections.abc import Mapping

from generators.engine.evidence.blocks import (
    Block,
    Command,
    Declaration,
    Heading,
    Row,
    Statements,
    Table,
)
from generators.engine.evidence.claims import Ledger, plural, quote, quoted
from generators.engine.evidence.folder import Facts, mapping, mappings, texts
from generators.engine.evidence.matter import Matter
from generators.engine.evidence.names import (
    DECLARATION_SEAL,
    NOTICES,
    REPORT_SEAL,
    canonical_anchor,
)
from generators.engine.evidence.notices import all_notices
from generators.engine.evidence.section_parts import (
    checklist_table,
    gate_table,
    line_snippet,
    phase_blocks,
    snippets,
)
from generators.engine.sources.canonical import Plain

_MASTER = ".stage/meta/meta.codegen.schema.json"
_CHECKLIST = ".stage/meta/meta.validation.checklist.json"
_MOST_SNIPPETS = 6
_GOVERNED = ("governance_bridge", "escalation_wired", "audit_wired", "compliance_wired")


def governance_section(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Write section 9: rules with their prose, anchors, audit, and where they stand in code."""
    return (
        *_rules(matter, ledger),
        *_anchors(matter, ledger),
        *_policies(matter, ledger),
        *_run_time_rules(matter, ledger),
        *_escalations(matter, ledger),
        *_governed_code(matter, ledger),
    )


def _rules(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    rows = []
    uncompiled = 0
    for unit in matter.facts.built:
        ruling = unit.ruling
        if ruling is None:
            continue
        uncompiled += len(ruling.uncompiled)
        for rule in ruling.rules:
            cells = (
                quote(rule.rule_id),
                rule.text,
                quote(rule.expression),
                rule.kind,
                rule.severity,
                rule.target or "anchors",
                quote(f"{unit.plan.label}#{rule.pointer}"),
            )
            rows.append(Row(cells=cells))
    return (
        Table(
            caption="Rules: the schema's words beside what is checked",
            headers=("rule", "prose", "CEL", "kind", "severity", "goes to", "from"),
            rows=tuple(rows),
            claim=ledger.say(
                f"{plural(len(rows), 'condition')} compiled to rules, "
                f"{uncompiled} could not be compiled.",
                source=".stage/plan.json#/units",
                about=(unit.stage("schema.json") for unit in matter.facts.built),
                holds=uncompiled == 0,
            ),
        ),
    )


def _anchors(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    facts = matter.facts
    declared = mappings(mapping(facts.master, "governance"), "anchors")
    rows = [
        Row(
            cells=(
                str(anchor.get("name")),
                str(anchor.get("role")),
                ", ".join(texts(anchor, "channels")) or "-",
                quoted(_users(str(anchor.get("name")), facts)),
            )
        )
        for anchor in declared
    ]
    notices = all_notices(facts)
    return (
        Table(
            caption="Governance anchors",
            headers=("anchor", "role", "channels", "of"),
            rows=tuple(rows),
            claim=ledger.say(
                f"{sum(bool(texts(a, 'channels')) for a in declared)} of "
                f"{plural(len(rows), 'anchor')} have a channel.",
                source=f"{_MASTER}#/governance/anchors",
                holds=bool(rows) and all(texts(anchor, "channels") for anchor in declared),
            ),
        ),
        Statements(
            claims=(
                ledger.say(
                    f"{plural(len(notices), 'notice')} of the outcome written to the local sink "
                    f"{quote(NOTICES)}; deployment delivers them.",
                    source=NOTICES,
                    holds=bool(notices) or not facts.built,
                ),
            )
        ),
    )


def _users(anchor: str, facts: Facts) -> list[str]:
    return [
        unit.unit_id
        for unit in facts.agents
        if unit.agent is not None
        and anchor in {canonical_anchor(n, facts.glue) for n in unit.agent.governance.anchors}
    ]


def _policies(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    rows = []
    for unit in matter.facts.built:
        if unit.agent is None:
            continue
        governance = unit.agent.governance
        cells = (
            quote(unit.unit_id),
            governance.mode,
            "yes" if governance.human_override else "no",
            quote(governance.compliance_auditor or "-"),
            quoted(governance.audit_scope),
        )
        rows.append(Row(cells=cells))
    if not rows:
        return ()
    return (
        Table(
            caption="Policy and audit scope",
            headers=("agent", "mode", "human override", "compliance auditor", "audited"),
            rows=tuple(rows),
            claim=ledger.say(
                f"{plural(len(rows), 'agent')} under governance, each with its audit scope.",
                source=".stage/plan.json#/units",
                about=(unit.stage("schema.json") for unit in matter.facts.built),
            ),
        ),
    )


def _run_time_rules(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Say what escalation and audit are at run time, for every agent alike."""
    shared = matter.facts.meta["meta.dependency.integration"]
    escalation, audit = mapping(shared, "escalation"), mapping(shared, "audit")
    source = ".stage/meta/meta.dependency.integration.json"
    ratio = audit.get("sample_ratio")
    share = f"{ratio:.0%}" if isinstance(ratio, int | float) else "an unknown share"
    return (
        Statements(
            claims=(
                ledger.say(
                    f"At run time an escalation follows {_words(escalation, 'triggers')}; it gives "
                    f"{_words(escalation, 'call')}, waits {escalation.get('timeout_seconds')} s "
                    f"for an answer, and logs {_words(escalation, 'log')}.",
                    source=f"{source}#/escalation",
                ),
                ledger.say(
                    f"The audit is {'' if audit.get('continuous') is True else 'not '}continuous, "
                    f"over {share} of the decisions, for {_words(audit, 'kinds')}.",
                    source=f"{source}#/audit",
                ),
            )
        ),
    )


def _words(data: Mapping[str, Plain], key: str) -> str:
    return ", ".join(text.replace("_", " ") for text in texts(data, key)) or "nothing"


def _escalations(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Say which events of the build itself ask for a person, and whether one happened."""
    facts = matter.facts
    rows = []
    for entry in mappings(mapping(facts.master, "governance"), "build_escalation"):
        condition, severity = str(entry.get("condition")), str(entry.get("severity"))
        met = build_event(condition, matter)
        said = "not known to this build" if met is None else ("happened" if met else "did not")
        rows.append(
            Row(
                cells=(condition.replace("_", " "), severity, said),
                state=None if met is None else not met,
            )
        )
    if not rows:
        return ()
    calm = sum(row.state is True for row in rows)
    return (
        Table(
            caption="When the build itself asks for a person",
            headers=("event", "severity", "in this build"),
            rows=tuple(rows),
            claim=ledger.say(
                f"{calm} of {plural(len(rows), 'event')} that would ask for a person "
                "did not happen.",
                source=f"{_MASTER}#/governance/build_escalation",
                holds=calm == len(rows),
            ),
            stated=True,
        ),
    )


_EVENTS = {
    "todo_or_placeholder_found": ("no_todo", "no_placeholder"),
    "coverage_below_threshold": ("coverage",),
    "governance_link_missing": ("governance_bridge", "escalation_wired", "compliance_wired"),
    "feature_flag_not_applied": ("flags_applied",),
    "drift_detected": ("no_unplanned_file",),
    "dependency_unsatisfied": ("hard_dependencies_built", "links_match"),
}


def build_event(condition: str, matter: Matter) -> bool | None:
    """Tell whether an event of the build happened; None for an event that nothing detects."""
    ids = _EVENTS.get(condition)
    if ids is None:
        return None
    return any(item.holds is False for item in matter.items if item.item_id in ids)


def _governed_code(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    found = snippets(matter, ledger, _GOVERNED, shows="wires governance")
    for unit in matter.facts.built:
        for file in unit.plan.in_role("module"):
            if (
                "governed" in file.traits
                and "audited" in file.traits
                and len(found) < _MOST_SNIPPETS
            ):
                words = (".escalate(", ".observe(", ".audit(", "Governance(")
                block = line_snippet(
                    matter, ledger, f"repo/{file.path}", words, shows="escalates or audits"
                )
                found = (*found, block) if block is not None else found
    return (Heading(text="Where it is wired"), *found) if found else ()


def declaration_section(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Write section 10: the declaration, or everything that keeps it back."""
    master = mapping(matter.facts.meta["meta.validation.checklist"], "master_sign_off")
    sentence = str(master.get("declaration", ""))
    reasons = tuple(hindrance.text for hindrance in matter.hindrances)
    declared = matter.declared
    phases = texts(master, "requires_phases")
    claims = [
        ledger.say(
            f"The phases {', '.join(phases)} are required; "
            f"{plural(len(reasons), 'reason')} against the declaration.",
            source=f"{_CHECKLIST}#/master_sign_off",
            holds=declared,
        ),
        ledger.say(
            f"Issued {matter.timestamp} by {quote(matter.signer.origin)}, "
            f"key {quote(matter.signer.key_id)}.",
            source="extraction_manifest.json#/extraction_timestamp",
        ),
        ledger.say(
            (
                f"The declaration is signed in {quote(DECLARATION_SEAL)}."
                if declared
                else f"The declaration is not made and not signed. {quote(REPORT_SEAL)} "
                "only seals these bytes against change."
            ),
            source="locked_todo_plan.json",
        ),
    ]
    return (
        *phase_blocks(matter, ledger, 6),
        *gate_table(matter, ledger, 6),
        *checklist_table(matter, ledger, 6),
        Heading(text="Declaration"),
        Declaration(text=sentence if declared else "", reasons=reasons),
        Statements(claims=tuple(claims)),
        Command(text="doit verify", shows="signatures, digests and freshness"),
    )
