"""Statements: in-toto attestations of test results, provenance, claims, and the report's seal.

Formats: in-toto Statement v1 (in-toto/attestation, spec/v1), its test-result predicate v0.1, and
SLSA provenance v1.
"""

from collections.abc import Iterable, Mapping, Sequence

from generators.engine.evidence.changes import digest
from generators.engine.evidence.claims import Claim
from generators.engine.evidence.folder import Facts, UnitEvidence, json_document
from generators.engine.evidence.matter import Matter
from generators.engine.evidence.names import (
    ECOSYSTEM_MANIFEST,
    EXTRACTION_MANIFEST,
    REPORT,
)

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
PROVENANCE = "https://slsa.dev/provenance/v1"
CLAIMS = "urn:l9-codegen:claims:v1"
SEAL = "urn:l9-codegen:report-seal:v1"
DECLARATION = "urn:l9-codegen:declaration:v1"
BUILD_TYPE = "urn:l9-codegen:build:v1"
BUILDER = "urn:l9-codegen:doit"


def statement(
    predicate_type: str, subjects: Mapping[str, str], predicate: Mapping[str, object]
) -> bytes:
    """Return an in-toto Statement as JSON.

    Args:
        predicate_type: URI of the kind of predicate.
        subjects: SHA-256 by path.
        predicate: what is stated.
    """
    return json_document(
        {
            "_type": STATEMENT_TYPE,
            "subject": [
                {"name": path, "digest": {"sha256": sha}} for path, sha in sorted(subjects.items())
            ],
            "predicateType": predicate_type,
            "predicate": dict(predicate),
        }
    )


def subjects_of(facts: Facts, paths: Iterable[str]) -> dict[str, str]:
    """Return the digests of the files among `paths` that are there."""
    pairs = ((path, facts.folder.sha256(path)) for path in paths)
    return {path: sha for path, sha in pairs if sha is not None}


def test_result_statement(unit: UnitEvidence, facts: Facts) -> bytes:
    """Return the test result of one unit: PASSED, WARNED for skips, or FAILED."""
    cases = unit.suite.tests if unit.suite is not None else ()
    names: dict[str, list[str]] = {"passed": [], "skipped": [], "failed": []}
    for case in cases:
        kind = case.outcome if case.outcome in ("passed", "skipped") else "failed"
        names[kind].append(f"{case.path}::{case.name}")
    bad = names["failed"] or not cases or (unit.suite is not None and not unit.suite.passed)
    result = "FAILED" if bad and unit.plan.in_role("test") else "PASSED"
    if result == "PASSED" and names["skipped"]:
        result = "WARNED"
    records = [unit.record(check) for check in ("lint", "gate", "typecheck", "test")]
    return statement(
        TEST_RESULT,
        subjects_of(facts, (f"repo/{file.path}" for file in unit.plan.files)),
        {
            "result": result,
            "configuration": _resources(subjects_of(facts, (*records, unit.stage("plan.json")))),
            "passedTests": names["passed"],
            "warnedTests": names["skipped"],
            "failedTests": names["failed"],
        },
    )


def provenance_statement(matter: Matter) -> bytes:
    """Return the provenance of everything that was made: from which inputs, by which tools."""
    facts = matter.facts
    made = [path for u in facts.units if u.installed is not None for path in u.installed.files]
    manifests = [
        path for unit in facts.agents for path in (unit.manifest_path, f"repo/{unit.plan.manifest}")
    ]
    outputs = (EXTRACTION_MANIFEST, ECOSYSTEM_MANIFEST, *manifests, *made)
    sources = {path: digest(content) for path, content in facts.folder.sources.items()}
    return statement(
        PROVENANCE,
        subjects_of(facts, (path for path in outputs if not path.startswith("logs/"))),
        {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "collection": facts.plan.collection,
                    "namespace": facts.namespace,
                    "featureFlags": facts.flags(),
                },
                "internalParameters": {"planDigest": f"sha256:{facts.plan.digest}"},
                "resolvedDependencies": [
                    *_resources(sources),
                    *(
                        {"name": name, "annotations": {"version": version}}
                        for name, version in sorted(matter.run.tools.items())
                    ),
                ],
            },
            "runDetails": {
                "builder": {"id": BUILDER},
                "metadata": {"finishedOn": matter.timestamp},
            },
        },
    )


def claims_statement(
    matter: Matter, claims: Sequence[Claim], outputs: Mapping[str, bytes]
) -> bytes:
    """Return all claims of the report, with the digests of what they are about.

    Args:
        matter: the facts.
        claims: the claims.
        outputs: files that were made with the report, by path.
    """
    subjects = {s.path: s.sha256 for claim in claims for s in claim.subjects}
    subjects |= {path: digest(content) for path, content in outputs.items()}
    return statement(
        CLAIMS,
        subjects,
        {
            "issuedOn": matter.timestamp,
            "issuedBy": {"keyId": matter.signer.key_id, "origin": matter.signer.origin},
            "claims": claim_documents(claims),
        },
    )


def claim_documents(claims: Sequence[Claim]) -> list[dict[str, object]]:
    """Return claims as plain data."""
    return [
        {
            "id": claim.claim_id,
            "text": claim.text,
            "source": claim.source,
            "holds": claim.holds,
            "subjects": [subject.path for subject in claim.subjects],
        }
        for claim in claims
    ]


def seal_statement(matter: Matter, sealed: Mapping[str, bytes]) -> bytes:
    """Return the seal of the report: these bytes were issued, whatever they say.

    Args:
        matter: the facts.
        sealed: the report, its page and the summary, by path.
    """
    return statement(
        SEAL,
        {path: digest(content) for path, content in sealed.items()},
        {
            "issuedOn": matter.timestamp,
            "declaration": "made" if matter.declared else "withheld",
            "reasons": [hindrance.text for hindrance in matter.hindrances],
        },
    )


def declaration_statement(matter: Matter, report: bytes, sentence: str) -> bytes:
    """Return the final declaration about a report."""
    return statement(
        DECLARATION,
        {REPORT: digest(report)},
        {"issuedOn": matter.timestamp, "declaration": sentence},
    )


def _resources(subjects: Mapping[str, str]) -> list[dict[str, object]]:
    return [{"name": path, "digest": {"sha256": sha}} for path, sha in sorted(subjects.items())]
