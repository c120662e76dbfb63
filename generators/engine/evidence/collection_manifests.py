"""Manifests of the collection: `extraction_manifest.json` and the manifest of the ecosystem."""

from generators.engine.evidence.folder import Facts, UnitEvidence, json_document, mapping, mappings
from generators.engine.evidence.measures import (
    agent_counts,
    gates_passed,
    total_figures,
    unit_figures,
)
from generators.engine.evidence.names import ECOSYSTEM_MANIFEST, PAGE, REPORT
from generators.engine.plan.sequence import start_order


def guide_id(unit_id: str) -> str:
    """Return the id of an agent as the client's guide writes it in the extraction manifest."""
    return {"main_agent": "mainagent"}.get(unit_id, unit_id)


def extraction_manifest(
    facts: Facts, *, timestamp: str, ready: bool, ecosystem_sha256: str
) -> dict[str, object]:
    """Return `extraction_manifest.json` as plain data.

    Args:
        facts: everything known.
        timestamp: time of the build, ISO 8601 in UTC.
        ready: whether nothing speaks against deployment.
        ecosystem_sha256: digest of the manifest of the ecosystem.
    """
    counts = [agent_counts(unit) for unit in facts.built]
    figures = total_figures(facts.built)
    all_passed = figures.cases > 0 and figures.passed == figures.cases
    return {
        "collection": facts.plan.collection,
        "version": facts.plan.version,
        "extraction_timestamp": timestamp,
        "total_agents": len(facts.agents),
        "agents_built": sum(unit.passed and unit.plan.buildable for unit in facts.agents),
        "agents": [_agent(unit, facts) for unit in facts.agents],
        "total_python_modules": sum(count.modules for count in counts),
        "total_documentation": sum(count.documents for count in counts),
        "total_tests": sum(count.tests for count in counts),
        "total_test_cases": figures.cases,
        "test_coverage_percent": figures.coverage.percent if figures.cases else 0.0,
        "all_tests_passing": all_passed,
        "deployment_ready": ready,
        "evidence_report": REPORT,
        "evidence_page": PAGE,
        "plan_digest": f"sha256:{facts.plan.digest}",
        "inputs": {path: facts.folder.sha256(path) for path in sorted(facts.folder.sources)},
        "shared_units": [
            {"unit": unit.unit_id, "status": unit.state, "files": len(unit.plan.files)}
            for unit in facts.units
            if unit.plan.kind != "agent"
        ],
        "ecosystem_manifest": {"path": ECOSYSTEM_MANIFEST, "sha256": ecosystem_sha256},
    }


def _agent(unit: UnitEvidence, facts: Facts) -> dict[str, object]:
    figures = unit_figures(unit)
    return {
        "agent_id": guide_id(unit.unit_id),
        "rootpath": unit.plan.rootpath,
        "files": str(agent_counts(unit)),
        "status": unit.state,
        "test_cases": figures.cases,
        "coverage_percent": figures.coverage.percent if figures.cases else 0.0,
        "manifest": unit.manifest_path if unit.manifest_path in facts.folder.files else None,
        "manifest_sha256": facts.folder.sha256(unit.manifest_path),
    }


def ecosystem_manifest(facts: Facts) -> dict[str, object]:
    """Return the manifest of the ecosystem: how its agents belong together. A product file."""
    startup = mapping(facts.meta["meta.dependency.integration"], "startup")
    base = startup.get("base_port")
    first = base if isinstance(base, int) else 0
    ids = {unit.unit_id for unit in facts.agents}
    return {
        "collection": facts.plan.collection,
        "title": facts.plan.title,
        "version": facts.plan.version,
        "namespace": facts.namespace,
        "extraction_order": [unit.unit_id for unit in facts.agents],
        "parallel_groups": [list(group) for group in facts.plan.groups],
        "startup_order": list(
            start_order(
                {unit.unit_id: unit.plan.hard for unit in facts.agents},
                {unit.unit_id: unit.plan.soft for unit in facts.agents},
            )
        ),
        "config": f"{facts.namespace}/{facts.plan.collection}_config.yaml",
        "agents": [_member(unit, facts, first + unit.plan.sequence - 1) for unit in facts.agents],
        "wirings": [
            dict(wiring)
            for wiring in mappings(facts.glue, "wirings")
            if {wiring.get("from_agent"), wiring.get("to_agent")} <= ids
        ],
        "shared_files": {
            file.path: unit.digest_of(file.path)
            for unit in facts.units
            if unit.plan.kind != "agent"
            for file in unit.plan.files
        },
    }


def _member(unit: UnitEvidence, facts: Facts, port: int) -> dict[str, object]:
    """Return what the manifest of the ecosystem says of an agent, whether it is built or not."""
    endpoints = unit.agent.endpoints if unit.agent is not None else ()
    return {
        "agent_id": unit.unit_id,
        "name": unit.plan.label,
        "rootpath": unit.plan.rootpath,
        "sequence": unit.plan.sequence,
        "port": port,
        "base_url": f"http://127.0.0.1:{port}",
        "endpoints": [
            {"name": str(each.name), "method": each.method, "path": each.path} for each in endpoints
        ],
        "status": unit.state,
        "hard": list(unit.plan.hard),
        "soft": list(unit.plan.soft),
        "gates_passed": gates_passed(unit).part,
        "manifest": unit.manifest_path,
        "manifest_sha256": facts.folder.sha256(unit.manifest_path),
        "deferred": unit.plan.deferred,
    }


def ecosystem_bytes(facts: Facts) -> bytes:
    """Return the ecosystem manifest as JSON."""
    return json_document(ecosystem_manifest(facts))
