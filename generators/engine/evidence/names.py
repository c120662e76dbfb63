"""Fixed names of the evidence: section titles, file names, types of statements."""

from collections.abc import Mapping, Sequence
from typing import Final

from generators.engine.sources.canonical import Plain

REPORT_SECTIONS: Final = (
    "Schema Input Summary",
    "Locked TODO Plan",
    "Phase 0 Research",
    "Phase 1 Baseline",
    "Phase 2 Implementation",
    "Phase 3 Enforcement",
    "Phase 4 Validation",
    "Phase 5 Recursive Verification",
    "Governance & Compliance",
    "Final Declaration",
)
"""Titles of the ten sections, from step 6 of the client's guide."""

REPORT: Final = "evidence_report.md"
PAGE: Final = "evidence_report.html"
EXTRACTION_MANIFEST: Final = "extraction_manifest.json"
ECOSYSTEM_MANIFEST: Final = "manifests/ecosystem_manifest.json"
SUMMARY: Final = "summary.json"
READINESS: Final = "deployment_readiness.md"
BASELINE_TEXT: Final = "baseline_confirmation_report.txt"
TEST_TEXT: Final = "test_report.txt"
VERIFICATION_TEXT: Final = "verification_report.txt"
NOTICES: Final = "notifications.json"
PUBLIC_KEY: Final = "evidence/public_key.pem"
PROVENANCE: Final = "evidence/provenance.dsse.json"
CLAIMS: Final = "evidence/claims.dsse.json"
REPORT_SEAL: Final = "evidence/report.dsse.json"
DECLARATION_SEAL: Final = "evidence/declaration.dsse.json"


def test_statement(unit_id: str) -> str:
    """Return where the signed test result of a unit stands."""
    return f"evidence/{unit_id}.test_result.dsse.json"


def todo_status_path(unit_id: str) -> str:
    """Return where the ticked TODOs of a unit stand."""
    return f"evidence/{unit_id}_todo_status.json"


def checklist_path(agent: str) -> str:
    """Return where the answered checklist of an agent stands."""
    return f"manifests/{agent}_checklist.json"


def checklist_view_path(agent: str) -> str:
    """Return where the checklist of an agent stands for people to read."""
    return f"manifests/{agent}_checklist.md"


def is_checklist(path: str) -> bool:
    """Tell whether a file is the checklist of an agent."""
    return path.startswith("manifests/") and path.endswith(("_checklist.json", "_checklist.md"))


def evidence_targets(
    agents: Sequence[str], units: Sequence[str], built: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the paths that `build_evidence` always writes.

    Args:
        agents: ids of all units of the plan.
        units: ids of the units that are to be built.
        built: ids of those of them that are agents.
    """
    return (
        REPORT,
        PAGE,
        EXTRACTION_MANIFEST,
        ECOSYSTEM_MANIFEST,
        SUMMARY,
        BASELINE_TEXT,
        TEST_TEXT,
        VERIFICATION_TEXT,
        READINESS,
        NOTICES,
        PUBLIC_KEY,
        PROVENANCE,
        CLAIMS,
        REPORT_SEAL,
        *(todo_status_path(unit) for unit in agents),
        *(test_statement(unit) for unit in units),
        *(checklist_path(agent) for agent in built),
        *(checklist_view_path(agent) for agent in built),
    )


def canonical_anchor(name: str, glue: Mapping[str, Plain]) -> str:
    """Return an anchor's name as the master template spells it."""
    aliases = glue.get("anchor_aliases")
    return str(aliases.get(name, name)) if isinstance(aliases, dict) else name
