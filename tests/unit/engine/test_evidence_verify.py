"""Verification: every way to forge, lose, age or add to the evidence is found by its code."""

import base64
import json
from dataclasses import replace

import pytest

from generators.engine.evidence.signing import local_signer, new_private_key
from generators.engine.evidence.verify import VerifyResult, verify_evidence

AGENT = "sensor_watch"
STAGE = f".stage/{AGENT}"
PROVENANCE = "evidence/provenance.dsse.json"
CLAIMS = "evidence/claims.dsse.json"
SEAL = "evidence/report.dsse.json"
DECLARATION = "evidence/declaration.dsse.json"
TESTS = f"evidence/{AGENT}.test_result.dsse.json"
STATEMENTS = [PROVENANCE, CLAIMS, SEAL, DECLARATION, TESTS]


def _verify(case, files: dict[str, bytes], trusted: dict[str, bytes] | None = None) -> VerifyResult:
    return verify_evidence(replace(case.folder, files=files), trusted=trusted or {})


def _found(result: VerifyResult) -> set[tuple[str, str]]:
    return {(finding.code, finding.place.file) for finding in result.findings}


@pytest.fixture
def issued(case) -> dict[str, bytes]:
    return case.issued()


def test_fresh_evidence_is_valid_but_its_signer_is_not_pinned(case, issued) -> None:
    result = _verify(case, issued)
    assert result.findings == ()
    assert result.valid
    assert result.declared
    assert result.pinned is None
    assert result.key_id == case.signer.key_id


def test_trusted_key_pins_the_signer(case, issued) -> None:
    other = local_signer(new_private_key(), origin="other").public.pem
    trusted = {"a_other": other, "release": case.signer.public.pem}
    assert _verify(case, issued, trusted).pinned == "release"
    assert _verify(case, issued, {"a_other": other}).pinned is None


def test_withheld_evidence_is_valid_too(case) -> None:
    case.edit(f"{STAGE}/records/gate.json", lambda d: d.update(skipped=["secrets"]))
    result = _verify(case, case.issued())
    assert result.findings == ()
    assert not result.declared


def test_five_agents_verify(five) -> None:
    assert _verify(five, five.issued()).findings == ()


@pytest.mark.parametrize("path", STATEMENTS)
def test_statement_signed_by_another_key_is_refused(case, issued, path: str) -> None:
    stranger = local_signer(new_private_key(), origin="stranger")
    payload = base64.b64decode(json.loads(issued[path])["payload"])
    issued[path] = stranger.envelope(payload)
    assert ("EV003", path) in _found(_verify(case, issued))


@pytest.mark.parametrize("path", STATEMENTS)
def test_one_changed_byte_of_a_payload_breaks_its_signature(case, issued, path: str) -> None:
    envelope = json.loads(issued[path])
    payload = bytearray(base64.b64decode(envelope["payload"]))
    payload[-3] ^= 1
    envelope["payload"] = base64.b64encode(bytes(payload)).decode()
    issued[path] = json.dumps(envelope).encode()
    assert ("EV003", path) in _found(_verify(case, issued))


def test_claimed_key_id_without_its_signature_is_refused(case, issued) -> None:
    envelope = json.loads(issued[TESTS])
    envelope["signatures"][0]["sig"] = base64.b64encode(b"\0" * 64).decode()
    issued[TESTS] = json.dumps(envelope).encode()
    assert _found(_verify(case, issued)) == {("EV003", TESTS)}


def test_payload_of_another_type_is_refused(case, issued) -> None:
    envelope = json.loads(issued[TESTS])
    envelope["payloadType"] = "text/plain"
    issued[TESTS] = json.dumps(envelope).encode()
    result = _verify(case, issued)
    assert [f.message for f in result.findings] == ["its payload is of the type 'text/plain'"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"not json", b'{"payload": "!", "payloadType": "x", "signatures": []}'],
)
def test_file_that_is_no_envelope_is_refused(case, issued, content: bytes) -> None:
    issued[TESTS] = content
    result = _verify(case, issued)
    assert [(f.code, f.message) for f in result.findings] == [("EV003", "it is no DSSE envelope")]


def test_envelope_without_a_signature_is_refused(case, issued) -> None:
    envelope = json.loads(issued[TESTS])
    envelope["signatures"] = []
    issued[TESTS] = json.dumps(envelope).encode()
    assert _found(_verify(case, issued)) == {("EV003", TESTS)}


@pytest.mark.parametrize("path", [PROVENANCE, CLAIMS, SEAL, TESTS])
def test_missing_statement_is_found(case, issued, path: str) -> None:
    del issued[path]
    assert ("EV002", path) in _found(_verify(case, issued))


def test_missing_declaration_is_found(case, issued) -> None:
    del issued[DECLARATION]
    assert _found(_verify(case, issued)) == {("EV012", DECLARATION)}


def test_statements_cannot_stand_in_for_each_other(case, issued) -> None:
    issued[TESTS] = issued[SEAL]
    assert _found(_verify(case, issued)) == {("EV004", TESTS)}


def test_missing_and_broken_public_key(case, issued) -> None:
    for content in (b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"):
        issued["evidence/public_key.pem"] = content
        result = _verify(case, issued)
        assert _found(result) == {("EV001", "evidence/public_key.pem")}
        assert result.key_id == ""
        assert not result.valid
    del issued["evidence/public_key.pem"]
    assert _found(_verify(case, issued)) == {("EV001", "evidence/public_key.pem")}


def test_swapped_public_key_invalidates_every_statement(case, issued) -> None:
    stranger = local_signer(new_private_key(), origin="stranger")
    issued["evidence/public_key.pem"] = stranger.public.pem
    found = _found(_verify(case, issued))
    assert {("EV003", path) for path in STATEMENTS} <= found


def test_changed_installed_file_is_found(case, issued) -> None:
    path = f"code/{AGENT}/api_server.py"
    issued[path] += b"# edited\n"
    found = _found(_verify(case, issued))
    assert ("EV006", path) in found
    assert ("EV012", DECLARATION) in found


def test_deleted_installed_file_is_found(case, issued) -> None:
    path = f"repo/L9/agents/{AGENT}/api_server.py"
    del issued[path]
    assert ("EV005", path) in _found(_verify(case, issued))


@pytest.mark.parametrize(
    "path",
    [
        f"code/{AGENT}/extra.py",
        f"docs/{AGENT}/EXTRA.md",
        f"tests/{AGENT}/test_extra.py",
        "manifests/other_manifest.json",
        "repo/L9/core/backdoor.py",
        "evidence/forged.dsse.json",
    ],
)
def test_extra_file_is_found(case, issued, path: str) -> None:
    issued[path] = b"x = 1\n"
    assert ("EV008", path) in _found(_verify(case, issued))


def test_logs_and_bytecode_may_grow(case, issued) -> None:
    issued[f"logs/{AGENT}/anomaly.log"] = b"line\n"
    issued[f"repo/L9/agents/{AGENT}/__pycache__/x.pyc"] = b"\0"
    assert _verify(case, issued).findings == ()


def test_file_installed_but_not_covered_is_found(case, issued) -> None:
    path = f"code/{AGENT}/late.py"
    issued[path] = b"x = 1\n"
    record = json.loads(issued[f"{STAGE}/installed.json"])
    record["files"][path] = "0" * 64
    issued[f"{STAGE}/installed.json"] = json.dumps(record).encode()
    found = _found(_verify(case, issued))
    assert ("EV007", path) in found


def test_record_changed_after_signing_makes_claims_stale(case, issued) -> None:
    record = json.loads(issued[f"{STAGE}/records/test.json"])
    record["tests"][0]["outcome"] = "failed"
    issued[f"{STAGE}/records/test.json"] = json.dumps(record).encode()
    result = _verify(case, issued)
    found = _found(result)
    assert ("EV006", f"{STAGE}/records/test.json") in found
    stale = [f.message for f in result.findings if f.code == "EV009"]
    assert any(
        message.startswith("claim 7.003 says '72 of 72 tests passed")
        and "the records say '71 of 72 tests passed" in message
        for message in stale
    )


def test_edited_report_is_found(case, issued) -> None:
    issued["evidence_report.md"] = issued["evidence_report.md"].replace(b"72 of 72", b"73 of 73")
    found = _found(_verify(case, issued))
    assert ("EV006", "evidence_report.md") in found
    assert ("EV010", "evidence_report.md") in found


def test_missing_section_is_found(case, issued) -> None:
    issued["evidence_report.md"] = issued["evidence_report.md"].replace(
        b"## SECTION 7: Phase 4 Validation", b"## Section seven"
    )
    messages = [f.message for f in _verify(case, issued).findings if f.code == "EV010"]
    assert "the heading '## SECTION 7: Phase 4 Validation' is there 0 times" in messages


def test_edited_page_and_summary_are_found(case, issued) -> None:
    issued["evidence_report.html"] += b" "
    issued["summary.json"] += b" "
    found = _found(_verify(case, issued))
    assert found == {("EV006", "evidence_report.html"), ("EV006", "summary.json")}


def test_threshold_lowered_after_signing_is_found(case, issued) -> None:
    path = ".stage/meta/meta.codegen.schema.json"
    issued[path] = issued[path].replace(b'"minimum": 0.95', b'"minimum": 0.5')
    found = _found(_verify(case, issued))
    assert ("EV011", path) in found
    assert ("EV006", path) in found


def test_threshold_lowered_before_signing_is_found_as_well(case) -> None:
    path = ".stage/meta/meta.codegen.schema.json"
    case.files[path] = case.files[path].replace(b'"minimum": 0.95', b'"minimum": 0.5')
    case.remanifest(AGENT)
    assert _found(_verify(case, case.issued())) == {("EV011", path)}


def test_forged_declaration_over_withheld_evidence_is_found(case) -> None:
    green = case.issued()
    case.edit(f"{STAGE}/records/gate.json", lambda d: d.update(skipped=["secrets"]))
    issued = case.issued()
    issued[DECLARATION] = green[DECLARATION]
    found = _found(_verify(case, issued))
    assert ("EV012", DECLARATION) in found
    assert ("EV006", "evidence_report.md") in found


def test_changed_added_and_lost_inputs_are_found(case, issued) -> None:
    first = "input_schemas/sensor_watch_v1.0.md"
    case.sources[first] += b"\n"
    assert ("EV013", first) in _found(_verify(case, issued))
    content = case.sources.pop(first)
    assert ("EV013", first) in _found(_verify(case, issued))
    case.sources[first] = content[:-1]
    case.sources["input_schemas/new.md"] = b""
    assert ("EV013", "input_schemas/new.md") in _found(_verify(case, issued))


def test_unreadable_record_is_a_finding_and_no_crash(case, issued) -> None:
    issued[f"{STAGE}/verdict.json"] = b"{"
    result = _verify(case, issued)
    assert [(f.code, f.place.file) for f in result.findings] == [("EV009", ".stage")]
    assert f"{STAGE}/verdict.json" in result.findings[0].message


def test_findings_tell_what_to_do(case, issued) -> None:
    issued[f"code/{AGENT}/extra.py"] = b""
    for finding in _verify(case, issued).findings:
        assert finding.repair
        assert finding.message
