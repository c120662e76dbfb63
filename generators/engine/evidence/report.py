"""Build all evidence of a collection: manifests, phase outputs, statements, report, seals.

The order is that of what covers what: agent manifests, extraction manifest, statements in their
envelopes, report, seal of the report. None covers itself or a later one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from generators.engine.evidence import outputs, statements
from generators.engine.evidence.blocks import Block, Section
from generators.engine.evidence.changes import digest
from generators.engine.evidence.checklist import answer_checklist
from generators.engine.evidence.checklist_documents import checklist_documents
from generators.engine.evidence.claims import Claim, Ledger
from generators.engine.evidence.collection_manifests import ecosystem_bytes, extraction_manifest
from generators.engine.evidence.folder import (
    EvidenceFolder,
    Facts,
    json_document,
    mapping,
    read_facts,
)
from generators.engine.evidence.head import report_head
from generators.engine.evidence.matter import Matter, RunFacts, SignerFacts
from generators.engine.evidence.names import (
    BASELINE_TEXT,
    CLAIMS,
    DECLARATION_SEAL,
    ECOSYSTEM_MANIFEST,
    EXTRACTION_MANIFEST,
    NOTICES,
    PAGE,
    PROVENANCE,
    PUBLIC_KEY,
    READINESS,
    REPORT,
    REPORT_SEAL,
    REPORT_SECTIONS,
    SUMMARY,
    TEST_TEXT,
    VERIFICATION_TEXT,
    evidence_targets,
    is_checklist,
    test_statement,
    todo_status_path,
)
from generators.engine.evidence.phases import phase_results
from generators.engine.evidence.render_html import render_html
from generators.engine.evidence.render_markdown import render_markdown
from generators.engine.evidence.sections_check import validation_section, verification_section
from generators.engine.evidence.sections_close import declaration_section, governance_section
from generators.engine.evidence.sections_make import (
    baseline_section,
    enforcement_section,
    implementation_section,
)
from generators.engine.evidence.sections_plan import inputs_section, plan_section, research_section
from generators.engine.evidence.signing import LocalSigner
from generators.engine.evidence.standing import deployment_ready, hindrances
from generators.engine.evidence.summary import summary_bytes
from generators.engine.evidence.todo_status import todo_status

WriteSection = Callable[[Matter, Ledger], tuple[Block, ...]]

_WRITERS: Sequence[WriteSection] = (
    inputs_section,
    plan_section,
    research_section,
    baseline_section,
    implementation_section,
    enforcement_section,
    validation_section,
    verification_section,
    governance_section,
    declaration_section,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Composition:
    """A report before anything is signed.

    Attributes:
        matter: what it is written from.
        sections: the ten sections.
        claims: all their claims.
        outputs: files that the report is about, made with it, by path.
    """

    matter: Matter
    sections: tuple[Section, ...]
    claims: tuple[Claim, ...]
    outputs: Mapping[str, bytes]

    def markdown(self, templates: Mapping[str, str]) -> bytes:
        """Return the report as Markdown."""
        return render_markdown(report_head(self.matter, len(self.claims)), self.sections, templates)

    def page(self, templates: Mapping[str, str]) -> bytes:
        """Return the report as a page."""
        head = report_head(self.matter, len(self.claims))
        return render_html(self.matter, head, self.sections, self.claims, templates)


def compose(
    folder: EvidenceFolder, *, timestamp: str, signer: SignerFacts, run: RunFacts
) -> Composition:
    """Compute everything that evidence states, without signing it.

    Args:
        folder: the collection's folder with all records; earlier evidence in it is ignored.
        timestamp: time of the build, ISO 8601 in UTC.
        signer: who signs.
        run: tools and timings.

    Raises:
        RecordError: a record is not what its name says.
        ChecklistError: the checklist has an item that nothing answers.
        PhaseError: a phase has a step that nothing answers.
    """
    facts = read_facts(_without_evidence(folder))
    made = _text_outputs(facts, timestamp)
    facts = _with_files(facts, made)
    matter = _matter(facts, timestamp, signer, run)
    for unit in facts.units:
        made[todo_status_path(unit.unit_id)] = json_document(matter.todos[unit.unit_id])
    made |= checklist_documents(facts, matter.items)
    ledger = Ledger(facts.folder)
    sections = _sections(matter, ledger)
    return Composition(matter=matter, sections=sections, claims=ledger.claims, outputs=made)


def build_evidence(
    folder: EvidenceFolder, *, timestamp: str, signer: LocalSigner, run: RunFacts
) -> dict[str, bytes]:
    """Return every file of the evidence by its path below the collection's folder.

    Args:
        folder: the collection's folder with all records.
        timestamp: time of the build, ISO 8601 in UTC.
        signer: the key that signs.
        run: tools and timings.

    Raises:
        RecordError: a record is not what its name says.
        ChecklistError: the checklist has an item that nothing answers.
        PhaseError: a phase has a step that nothing answers.
    """
    who = SignerFacts(key_id=signer.key_id, origin=signer.origin)
    composed = compose(folder, timestamp=timestamp, signer=who, run=run)
    matter, facts = composed.matter, composed.matter.facts
    made = dict(composed.outputs)
    for unit in facts.units:
        if unit.plan.buildable:
            stated = statements.test_result_statement(unit, facts)
            made[test_statement(unit.unit_id)] = signer.envelope(stated)
    made[PROVENANCE] = signer.envelope(statements.provenance_statement(matter))
    claims = statements.claims_statement(matter, composed.claims, composed.outputs)
    made[CLAIMS] = signer.envelope(claims)
    report, page = composed.markdown(folder.templates), composed.page(folder.templates)
    summary = summary_bytes(matter)
    sealed = {REPORT: report, PAGE: page, SUMMARY: summary}
    made |= sealed
    made[PUBLIC_KEY] = signer.public.pem
    made[REPORT_SEAL] = signer.envelope(statements.seal_statement(matter, sealed))
    if matter.declared:
        stated = statements.declaration_statement(matter, report, declaration_sentence(facts))
        made[DECLARATION_SEAL] = signer.envelope(stated)
    return made


def declaration_sentence(facts: Facts) -> str:
    """Return the sentence of the final declaration."""
    sign_off = mapping(facts.meta["meta.validation.checklist"], "master_sign_off")
    return str(sign_off.get("declaration", ""))


def _without_evidence(folder: EvidenceFolder) -> EvidenceFolder:
    """Leave out what an earlier run of this very function has written."""
    earlier = set(evidence_targets((), ()))
    kept = {
        path: content
        for path, content in folder.files.items()
        if path not in earlier and not path.startswith("evidence/") and not is_checklist(path)
    }
    return replace(folder, files=kept)


def _with_files(facts: Facts, files: Mapping[str, bytes]) -> Facts:
    return replace(facts, folder=replace(facts.folder, files={**facts.folder.files, **files}))


def _text_outputs(facts: Facts, timestamp: str) -> dict[str, bytes]:
    """Return what the phases put out, and the manifests of the collection."""
    items = answer_checklist(facts)
    made = {
        BASELINE_TEXT: outputs.baseline_text(facts, items),
        TEST_TEXT: outputs.suite_text(facts),
        VERIFICATION_TEXT: outputs.verification_text(facts, items),
        NOTICES: outputs.notices_json(facts),
        ECOSYSTEM_MANIFEST: ecosystem_bytes(facts),
    }
    expected = _with_files(facts, dict.fromkeys((*made, READINESS, EXTRACTION_MANIFEST), b""))
    found = hindrances(facts, items, phase_results(expected, items))
    ready = deployment_ready(facts, found)
    made[READINESS] = outputs.readiness_markdown(facts, found, ready=ready)
    made[EXTRACTION_MANIFEST] = json_document(
        extraction_manifest(
            facts,
            timestamp=timestamp,
            ready=ready,
            ecosystem_sha256=digest(made[ECOSYSTEM_MANIFEST]),
        )
    )
    return made


def _matter(facts: Facts, timestamp: str, signer: SignerFacts, run: RunFacts) -> Matter:
    items = answer_checklist(facts)
    phases = phase_results(facts, items)
    return Matter(
        facts=facts,
        items=items,
        phases=phases,
        todos={unit.unit_id: todo_status(unit, facts) for unit in facts.units},
        hindrances=hindrances(facts, items, phases),
        run=run,
        timestamp=timestamp,
        signer=signer,
    )


def _sections(matter: Matter, ledger: Ledger) -> tuple[Section, ...]:
    sections = []
    for number, (title, write) in enumerate(zip(REPORT_SECTIONS, _WRITERS, strict=True), start=1):
        ledger.open_section(number)
        sections.append(Section(number=number, title=title, blocks=write(matter, ledger)))
    return tuple(sections)
