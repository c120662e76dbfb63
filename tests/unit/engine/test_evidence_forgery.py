"""Forgery by somebody who knows the formats: what is changed is made to look consistent."""

import json
from dataclasses import replace

import pytest

from generators.engine.build.verify_command import describe
from generators.engine.evidence.matter import RunFacts
from generators.engine.evidence.report import build_evidence
from generators.engine.evidence.signing import LocalSigner, local_signer, new_private_key
from generators.engine.evidence.verify import VerifyResult, verify_evidence
from tests.unit.engine.conftest import TIMESTAMP, EvidenceCase, sha256

AGENT = "sensor_watch"
STAGE = f".stage/{AGENT}"
MODULE = f"code/{AGENT}/api_server.py"
RECORD = f"{STAGE}/records/test.json"


@pytest.fixture
def stranger() -> LocalSigner:
    return local_signer(new_private_key(), origin="stranger")


def issued_by(case: EvidenceCase, signer: LocalSigner) -> dict[str, bytes]:
    """Return everything on disk after somebody else has written the evidence."""
    made = build_evidence(case.folder, timestamp=TIMESTAMP, signer=signer, run=RunFacts())
    return {**case.files, **made}


def verified(case: EvidenceCase, files: dict[str, bytes]) -> VerifyResult:
    trusted = {"release.pem": case.signer.public.pem}
    return verify_evidence(replace(case.folder, files=files), trusted=trusted)


def codes(result: VerifyResult) -> set[str]:
    return {finding.code for finding in result.findings}


def test_evidence_issued_anew_by_another_key_is_not_trusted(case, stranger) -> None:
    result = verified(case, issued_by(case, stranger))
    assert (result.valid, result.pinned, result.key_id) == (True, None, stranger.key_id)
    said, accepted = describe("x", result, require_trusted=True)
    assert not accepted
    assert "not signed by a trusted key" in said


def test_one_statement_of_another_issue_does_not_fit(case, stranger) -> None:
    files, other = case.issued(), issued_by(case, stranger)
    for path in [path for path in other if path.endswith(".dsse.json")]:
        found = verified(case, {**files, path: other[path]}).findings
        assert ("EV003", path) in {(finding.code, finding.place.file) for finding in found}


def test_results_of_two_agents_cannot_be_swapped(five) -> None:
    files = five.issued()
    one, other = (
        "evidence/tensoraios.test_result.dsse.json",
        "evidence/main_agent.test_result.dsse.json",
    )
    files[one], files[other] = files[other], files[one]
    found = {(f.code, f.place.file) for f in verified(five, files).findings}
    assert found == {("EV004", one), ("EV004", other)}


def test_a_module_and_its_digest_changed_together_are_found(case) -> None:
    files = case.issued()
    files[MODULE] += b"# changed\n"
    record = json.loads(files[f"{STAGE}/installed.json"])
    record["files"][MODULE] = sha256(files[MODULE])
    files[f"{STAGE}/installed.json"] = json.dumps(record).encode()
    assert "EV006" in codes(verified(case, files))


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (f"{STAGE}/verdict.json", {"passed": False}),
        (RECORD, {"passed": False}),
        (f"evidence/{AGENT}_todo_status.json", None),
        ("summary.json", {"declared": False}),
        ("extraction_manifest.json", {"status": "ready"}),
    ],
)
def test_an_edited_status_is_found(case, path: str, change: dict[str, object] | None) -> None:
    files = case.issued()
    document = json.loads(files[path])
    if change is None:
        document[0]["done"] = not document[0]["done"]
    else:
        document.update(change)
    files[path] = json.dumps(document).encode()
    assert codes(verified(case, files)) & {"EV006", "EV009"}


def test_evidence_of_an_earlier_build_is_stale(case) -> None:
    earlier = case.issued()
    case.edit(RECORD, lambda record: record["tests"].pop())
    files = {**earlier, RECORD: case.files[RECORD]}
    result = verified(case, files)
    assert {"EV006", "EV009"} <= codes(result)


@pytest.mark.parametrize("path", [MODULE, f"manifests/{AGENT}_manifest.json", f"repo/{RECORD}"])
def test_every_single_byte_counts(case, path: str) -> None:
    files = case.issued()
    content = bytearray(files.get(path, b"x"))
    content[0] ^= 1
    files[path] = bytes(content)
    assert not verified(case, files).valid
