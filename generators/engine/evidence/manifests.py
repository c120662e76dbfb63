"""Manifests of agents: what was made, from what, and what was proven. Product files: no clock."""

import json
from collections.abc import Mapping

from generators.engine.evidence.folder import (
    EvidenceFolder,
    Facts,
    UnitEvidence,
    json_document,
    read_facts,
)
from generators.engine.evidence.measures import agent_counts, gates_passed, unit_figures
from generators.engine.evidence.records import RecordError
from generators.engine.model.agent import Agent
from generators.engine.model.ruling import Ruling


def agent_manifest_bytes(folder: EvidenceFolder, unit_id: str) -> bytes:
    """Return the manifest of an agent.

    Args:
        folder: the collection's folder, with the records of the agent.
        unit_id: the agent.

    Raises:
        RecordError: the plan or the agent's schema is not there.
    """
    facts = read_facts(folder)
    unit = next((unit for unit in facts.agents if unit.unit_id == unit_id), None)
    if unit is None or unit.agent is None or unit.ruling is None:
        raise RecordError(f"{unit_id} is no agent of the plan; run `doit`")
    return json_document(agent_manifest(unit, unit.agent, unit.ruling, facts))


def agent_manifest(
    unit: UnitEvidence, agent: Agent, ruling: Ruling, facts: Facts
) -> dict[str, object]:
    """Return the manifest of an agent as plain data."""
    reasons = deployment_reasons(unit)
    return {
        "agent_id": unit.unit_id,
        "name": agent.name,
        "title": agent.title,
        "system": agent.system,
        "module": agent.module,
        "role": agent.role,
        "collection": facts.plan.collection,
        "version": agent.version,
        "rootpath": unit.plan.rootpath,
        "sequence": unit.plan.sequence,
        "status": unit.state,
        "deploymentready": not reasons,
        "reasons_against": list(reasons),
        "source": {
            "schema": f"{agent.name}#",
            "sha256": facts.folder.sha256(unit.stage("schema.json")),
        },
        "plan_sha256": facts.folder.sha256(unit.stage("plan.json")),
        "patterns": _patterns(unit),
        **_counts(unit, facts),
        "modules": [file.module for file in unit.plan.in_role("module")],
        "documentation": [file.path for file in unit.plan.in_role("doc")],
        "test_files": [file.path for file in unit.plan.in_role("test")],
        "dependencies": {
            "hard": list(agent.depends_on.hard),
            "soft": list(agent.depends_on.soft),
            "derived_from_connectto": agent.depends_on.derived,
            "shared": [name for name in unit.plan.hard if name not in agent.depends_on.hard],
            "links": [str(link.path) for link in agent.instructions.link_existing],
            "partners": list(agent.partners),
        },
        "endpoints": [
            {
                "name": str(endpoint.name),
                "method": endpoint.method,
                "path": endpoint.path,
                "timeout_ms": endpoint.timeout_ms,
                "auth": endpoint.auth,
            }
            for endpoint in agent.endpoints
        ],
        "memory_layers": [
            {
                "name": layer.name,
                "storage": layer.storage_type,
                "keyspace": layer.keyspace,
                "ttl_seconds": layer.ttl_seconds,
                "retention_days": layer.retention_days,
                "index_by": list(layer.index_by),
            }
            for layer in agent.memory
        ],
        "governance": _governance(agent, ruling),
        "feature_flags": facts.flags(),
        "monitoring": {
            "metrics": list(agent.metrics),
            "dashboard": agent.dashboard,
            "alerts": list(agent.alerting),
        },
        "logs": [file.path for file in unit.plan.in_role("log")],
        "files": _files(unit, facts),
    }


def _counts(unit: UnitEvidence, facts: Facts) -> dict[str, object]:
    counts, figures, gates = agent_counts(unit), unit_figures(unit), gates_passed(unit)
    return {
        "total_python_modules": counts.modules,
        "total_documentation": counts.documents,
        "total_tests": counts.tests,
        "total_test_cases": figures.cases,
        "tests": {
            "passed": figures.passed,
            "failed": figures.failed,
            "skipped": figures.skipped,
            "positive": figures.positive,
            "negative": figures.negative,
            "regression": figures.regression,
        },
        "coverage": {
            "percent": figures.coverage.percent,
            "lines_percent": figures.lines.percent,
            "branches_percent": figures.branches.percent,
            "minimum_percent": _percent(facts.gate_minimum("coverage")),
        },
        "gates": {"passed": gates.part, "total": gates.whole},
    }


def _percent(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio * 100, 1)


def _patterns(unit: UnitEvidence) -> dict[str, str]:
    pairs = (file.pattern.split("@", 1) for file in unit.plan.files if file.template)
    return dict(sorted((pattern, version) for pattern, version in pairs))


def _governance(agent: Agent, ruling: Ruling) -> dict[str, object]:
    governance = agent.governance
    return {
        "mode": governance.mode,
        "anchors": list(governance.anchors),
        "human_override": governance.human_override,
        "compliance_auditor": governance.compliance_auditor,
        "audit_scope": list(governance.audit_scope),
        "rules": [
            {
                "id": rule.rule_id,
                "kind": rule.kind,
                "severity": rule.severity,
                "text": rule.text,
                "expression": rule.expression,
                "pointer": f"{agent.name}#{rule.pointer}",
                "target": rule.target,
            }
            for rule in ruling.rules
        ],
    }


def _files(unit: UnitEvidence, facts: Facts) -> list[dict[str, object]]:
    return [
        {
            "path": file.path,
            "role": file.role,
            "sha256": sha,
            "lines": facts.folder.lines(f"repo/{file.path}"),
            "pattern": file.pattern,
            "pointer": file.pointer,
        }
        for file in unit.plan.files
        if (sha := unit.digest_of(file.path)) is not None
    ]


def deployment_reasons(unit: UnitEvidence) -> tuple[str, ...]:
    """Return what speaks against deploying an agent, in plain words."""
    reasons: list[str] = []
    if not unit.passed:
        reasons.append(f"its verdict is: {unit.state}")
    figures = unit_figures(unit)
    if figures.failed:
        reasons.append(f"{figures.failed} tests did not pass")
    if figures.skipped:
        reasons.append(f"{figures.skipped} tests were skipped")
    if unit.gate is not None and unit.gate.skipped:
        reasons.append(f"gates were skipped: {', '.join(unit.gate.skipped)}")
    if unit.installed is not None and unit.installed.overrides:
        reasons.append(f"hand edits stand in for {', '.join(unit.installed.overrides)}")
    return tuple(reasons)


def listed_files(manifest: bytes) -> Mapping[str, str]:
    """Return the digests by path that a manifest lists; empty if it is none."""
    try:
        document = json.loads(manifest)
        return {str(entry["path"]): str(entry["sha256"]) for entry in document["files"]}
    except (ValueError, KeyError, TypeError):
        return {}
