"""The figures that a build ends with on the terminal."""

from generators.engine.evidence.folder import json_document
from generators.engine.evidence.matter import Matter
from generators.engine.evidence.measures import (
    Share,
    agent_counts,
    gates_passed,
    total_figures,
    unit_figures,
)
from generators.engine.evidence.names import PAGE, REPORT, REPORT_SECTIONS


def summary_document(matter: Matter) -> dict[str, object]:
    """Return `summary.json` as plain data."""
    facts = matter.facts
    figures = total_figures(facts.units)
    gates = sum((gates_passed(unit) for unit in facts.units), Share(part=0, whole=0))
    counts = [agent_counts(unit) for unit in facts.built]
    return {
        "collection": facts.plan.collection,
        "title": facts.plan.title,
        "version": facts.plan.version,
        "plan": facts.plan.digest[:12],
        "agents": len(facts.agents),
        "agents_built": sum(unit.passed for unit in facts.built),
        "agents_deferred": sum(unit.state == "deferred" for unit in facts.agents),
        "modules": sum(count.modules for count in counts),
        "documents": sum(count.documents for count in counts),
        "test_files": sum(count.tests for count in counts),
        "tests": figures.cases,
        "tests_passed": figures.passed,
        "tests_failed": figures.failed,
        "tests_skipped": figures.skipped,
        "coverage_percent": figures.coverage.percent if figures.cases else 0.0,
        "gates_passed": gates.part,
        "gates": gates.whole,
        "questions": sum(len(unit.plan.questions) for unit in facts.agents),
        "declared": matter.declared,
        "failures": [hindrance.text for hindrance in matter.failures],
        "unfinished": [h.text for h in matter.hindrances if not h.failure],
        "sections": len(REPORT_SECTIONS),
        "signed_by": matter.signer.origin,
        "key_id": matter.signer.key_id,
        "timestamp": matter.timestamp,
        "seconds": {stage: round(value, 3) for stage, value in matter.run.seconds.items()},
        "total_seconds": round(sum(matter.run.seconds.values()), 3),
        "report": REPORT,
        "page": PAGE,
        "units": [
            {
                "unit": unit.unit_id,
                "kind": unit.plan.kind,
                "state": unit.state,
                "files": len(unit.plan.files),
                "tests": unit_figures(unit).cases,
                "coverage_percent": unit_figures(unit).coverage.percent,
                "gates_passed": gates_passed(unit).part,
                "gates": gates_passed(unit).whole,
            }
            for unit in facts.units
        ],
    }


def summary_bytes(matter: Matter) -> bytes:
    """Return `summary.json`."""
    return json_document(summary_document(matter))
