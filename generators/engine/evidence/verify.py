"""Verify the evidence of a collection: signatures, digests, completeness, freshness.

The rules, each with the code of its finding:

EV001  the public key is there, and is one.
EV002  every expected statement is there.
EV003  it is signed by that key.
EV004  it is a statement of the kind, and about the unit, that its name says.
EV005  every file that a statement is about is there.
EV006  every such file is what it was when the statement was signed.
EV007  every installed file and manifest is covered by the provenance.
EV008  nothing else lies among them.
EV009  every claim can be computed again from the records, and is the same.
EV010  the report is what the records say, with its ten sections.
EV011  no limit was lowered below the client's floors.
EV012  the declaration is made, and signed, exactly if nothing stands against it.
EV013  the inputs are those that the provenance names.
EV014  what the inputs give when they are compiled again is what is there (`doit verify --rebuild`).
EV015  every file that they give then is there.

Whether the signer is one that is trusted is not a finding: `pinned` tells.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from generators.engine.evidence import statements
from generators.engine.evidence.changes import digest
from generators.engine.evidence.floors import lowered_floors
from generators.engine.evidence.folder import EvidenceFolder, mapping
from generators.engine.evidence.matter import RunFacts, SignerFacts
from generators.engine.evidence.names import (
    CLAIMS,
    DECLARATION_SEAL,
    PROVENANCE,
    PUBLIC_KEY,
    REPORT,
    REPORT_SEAL,
    REPORT_SECTIONS,
    evidence_targets,
    test_statement,
)
from generators.engine.evidence.records import RecordError
from generators.engine.evidence.report import (
    Composition,
    compose,
    declaration_sentence,
)
from generators.engine.evidence.signing import (
    EnvelopeError,
    KeyFormatError,
    PublicKey,
    open_envelope,
    public_key,
)
from generators.engine.findings import Finding, Place, sort_findings
from generators.engine.sources.canonical import Plain

_KINDS: Final = {
    PROVENANCE: statements.PROVENANCE,
    CLAIMS: statements.CLAIMS,
    REPORT_SEAL: statements.SEAL,
    DECLARATION_SEAL: statements.DECLARATION,
}
_COVERED: Final = ("code/", "docs/", "tests/", "manifests/", "repo/", "evidence/")
_REBUILD: Final = "run `doit` to build the evidence again"


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifyResult:
    """What verifying found.

    Attributes:
        findings: what is wrong; empty if the evidence is valid.
        key_id: the key that signed it; empty if there is none.
        pinned: name of the trusted key that it is; None if it is none of them.
        declared: whether the evidence carries the final declaration.
    """

    findings: tuple[Finding, ...]
    key_id: str
    pinned: str | None
    declared: bool

    @property
    def valid(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.findings


def verify_evidence(folder: EvidenceFolder, *, trusted: Mapping[str, bytes]) -> VerifyResult:
    """Verify the evidence of a collection.

    Args:
        folder: the collection's folder as it is now, and the inputs.
        trusted: public keys in PEM that are trusted, by name.
    """
    try:
        key = public_key(folder.files.get(PUBLIC_KEY, b""), name=PUBLIC_KEY)
    except KeyFormatError as error:
        found = (_finding("EV001", PUBLIC_KEY, str(error), _REBUILD),)
        return VerifyResult(findings=found, key_id="", pinned=None, declared=False)
    findings: list[Finding] = []
    try:
        findings += _Verification(folder, key).findings()
    except RecordError as error:
        findings.append(_finding("EV009", ".stage", str(error), _REBUILD))
    return VerifyResult(
        findings=sort_findings(findings),
        key_id=key.key_id,
        pinned=_pinned(key, trusted),
        declared=DECLARATION_SEAL in folder.files,
    )


def _pinned(key: PublicKey, trusted: Mapping[str, bytes]) -> str | None:
    for name, pem in sorted(trusted.items()):
        if public_key(pem, name=name).key_id == key.key_id:
            return name
    return None


class _Verification:
    """One run over one folder; statements are opened once."""

    def __init__(self, folder: EvidenceFolder, key: PublicKey) -> None:
        self._folder = folder
        self._key = key
        self._opened: dict[str, Mapping[str, Plain]] = {}

    def findings(self) -> Iterator[Finding]:
        """Yield everything that is wrong."""
        composed = self._composed()
        units = [u.unit_id for u in composed.matter.facts.units if u.plan.buildable]
        expected = [PROVENANCE, CLAIMS, REPORT_SEAL, *(test_statement(unit) for unit in units)]
        if DECLARATION_SEAL in self._folder.files:
            expected.append(DECLARATION_SEAL)
        for path in expected:
            yield from self._open(path)
        for path, statement in self._opened.items():
            yield from self._subjects(path, statement)
        yield from self._owners(composed)
        yield from self._completeness(composed)
        yield from self._claims(composed)
        yield from self._report(composed)
        yield from self._floors(composed)
        yield from self._declaration(composed)
        yield from self._inputs()

    def _composed(self) -> Composition:
        """Compute the evidence again, as of the time and by the signer that the claims name."""
        predicate: Mapping[str, Plain] = {}
        try:
            payload = open_envelope(self._folder.files.get(CLAIMS, b""), self._key)
            predicate = mapping(json.loads(payload), "predicate")
        except EnvelopeError:
            predicate = {}
        signer = mapping(predicate, "issuedBy")
        return compose(
            self._folder,
            timestamp=str(predicate.get("issuedOn", "")),
            signer=SignerFacts(key_id=self._key.key_id, origin=str(signer.get("origin", ""))),
            run=RunFacts(),
        )

    def _open(self, path: str) -> Iterator[Finding]:
        if path not in self._folder.files:
            yield _finding("EV002", path, "this statement is missing", _REBUILD)
            return
        try:
            payload = open_envelope(self._folder.files[path], self._key)
        except EnvelopeError as error:
            yield _finding("EV003", path, str(error), _REBUILD)
            return
        statement = json.loads(payload)
        wanted = _KINDS.get(path, statements.TEST_RESULT)
        if statement.get("predicateType") != wanted:
            message = f"it is a statement of the kind {statement.get('predicateType')}"
            yield _finding("EV004", path, message, _REBUILD)
            return
        self._opened[path] = cast("Mapping[str, Plain]", statement)

    def _subjects(self, path: str, statement: Mapping[str, Plain]) -> Iterator[Finding]:
        for name, sha in _subject_digests(statement).items():
            present = self._folder.sha256(name)
            if present is None:
                message = f"it is gone, but {path} is about it"
                yield _finding("EV005", name, message, _REBUILD)
            elif present != sha:
                message = f"it is not what {path} was signed for"
                yield _finding("EV006", name, message, "undo the edit, or build again")

    def _owners(self, composed: Composition) -> Iterator[Finding]:
        """Find test results that lie under the name of another unit."""
        for unit in composed.matter.facts.units:
            path = test_statement(unit.unit_id)
            own = {f"repo/{file.path}" for file in unit.plan.files}
            others = sorted(set(_subject_digests(self._opened.get(path, {}))) - own)
            if others:
                message = f"it is about {others[0]}, which is no file of {unit.unit_id}"
                yield _finding("EV004", path, message, _REBUILD)

    def _completeness(self, composed: Composition) -> Iterator[Finding]:
        if PROVENANCE not in self._opened:
            return
        facts = composed.matter.facts
        covered = set(_subject_digests(self._opened[PROVENANCE]))
        logs = {f"repo/{f.path}" for u in facts.units for f in u.plan.in_role("log")}
        for unit in facts.units:
            for path in unit.installed.files if unit.installed is not None else ():
                if path not in covered and not path.startswith("logs/") and path not in logs:
                    message = f"it is installed, but {PROVENANCE} does not cover it"
                    yield _finding("EV007", path, message, _REBUILD)
        agents = [unit.unit_id for unit in facts.built]
        targets = evidence_targets(_ids(composed), _ids(composed), agents)
        known = covered | logs | set(targets)
        known.add(DECLARATION_SEAL)
        for path in sorted(self._folder.files):
            inside = path.startswith(_COVERED) and "__pycache__" not in path
            if inside and path not in known:
                message = "nobody made or signed it"
                yield _finding("EV008", path, message, "remove it, or bring it into the schema")

    def _claims(self, composed: Composition) -> Iterator[Finding]:
        if CLAIMS not in self._opened:
            return
        signed = _by_id(mapping(self._opened[CLAIMS], "predicate").get("claims"))
        computed = _by_id(statements.claim_documents(composed.claims))
        for claim_id in sorted(signed.keys() | computed.keys()):
            if signed.get(claim_id) != computed.get(claim_id):
                said = signed.get(claim_id, {}).get("text", "nothing")
                now = computed.get(claim_id, {}).get("text", "nothing")
                message = f"claim {claim_id} says {said!r}; the records say {now!r}"
                yield _finding("EV009", CLAIMS, message, _REBUILD)

    def _report(self, composed: Composition) -> Iterator[Finding]:
        report = self._folder.files.get(REPORT, b"")
        lines = report.decode(errors="replace").splitlines()
        for number, title in enumerate(REPORT_SECTIONS, start=1):
            heading = f"## SECTION {number}: {title}"
            if lines.count(heading) != 1:
                message = f"the heading {heading!r} is there {lines.count(heading)} times"
                yield _finding("EV010", REPORT, message, _REBUILD)
        if report != composed.markdown(self._folder.templates):
            message = "it is not the report that the records give"
            yield _finding("EV010", REPORT, message, _REBUILD)

    def _floors(self, composed: Composition) -> Iterator[Finding]:
        for lowered in lowered_floors(composed.matter.facts.meta):
            path = lowered.source.split("#", maxsplit=1)[0]
            yield _finding("EV011", path, lowered.text, "raise it again in the meta template")

    def _declaration(self, composed: Composition) -> Iterator[Finding]:
        sentence = declaration_sentence(composed.matter.facts)
        report = self._folder.files.get(REPORT, b"").decode(errors="replace").splitlines()
        states = {
            "the records": composed.matter.declared,
            REPORT: sentence in report,
            DECLARATION_SEAL: DECLARATION_SEAL in self._opened,
        }
        if len(set(states.values())) > 1:
            said = ", ".join(f"{who}: {'made' if made else 'no'}" for who, made in states.items())
            message = f"the declaration is not the same everywhere ({said})"
            yield _finding("EV012", DECLARATION_SEAL, message, _REBUILD)

    def _inputs(self) -> Iterator[Finding]:
        if PROVENANCE not in self._opened:
            return
        definition = mapping(mapping(self._opened[PROVENANCE], "predicate"), "buildDefinition")
        named = _resources(definition.get("resolvedDependencies"))
        present = {path: digest(content) for path, content in self._folder.sources.items()}
        for path in sorted(named.keys() | present.keys()):
            if named.get(path) != present.get(path):
                message = f"this input is not the one that {PROVENANCE} names"
                yield _finding("EV013", path, message, _REBUILD)


def _ids(composed: Composition) -> list[str]:
    return [unit.unit_id for unit in composed.matter.facts.units]


def _subject_digests(statement: Mapping[str, Plain]) -> dict[str, str]:
    return _resources(statement.get("subject"))


def _resources(value: Plain) -> dict[str, str]:
    """Return SHA-256 by name, of the entries that have one."""
    found = {}
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, dict) and mapping(entry, "digest").get("sha256"):
            found[str(entry.get("name"))] = str(mapping(entry, "digest")["sha256"])
    return found


def _by_id(value: object) -> dict[str, dict[str, object]]:
    entries = value if isinstance(value, list) else []
    return {str(entry["id"]): entry for entry in entries if isinstance(entry, dict)}


def _finding(code: str, path: str, message: str, repair: str) -> Finding:
    return Finding(code=code, message=message, place=Place(file=path), repair=repair)
