"""`doit ingest`: read collections or single files, and say what was understood."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from generators.engine.build.compile import Compiled, compile_collection, load_schema
from generators.engine.build.compiled import current_meta
from generators.engine.build.finding_pages import load_codes
from generators.engine.build.given_files import UnknownSubjectError, given_collections
from generators.engine.build.own_command import OwnCommand
from generators.engine.build.sarif import sarif_log
from generators.engine.findings import (
    Finding,
    Severity,
    findings_json,
    has_errors,
    render_findings,
    sort_findings,
)
from generators.engine.model.repairs import propose_repairs
from generators.engine.plan.ingest_report import ingest_document, render_ingest
from generators.engine.shell.environment import BuildSettings, current_environment, read_settings
from generators.engine.sources.canonical import JsonSchema
from generators.engine.sources.edits import Edit

Findings = Mapping[str, tuple[Finding, ...]]
"""Findings in the order of their places, by collection."""

_REPORT = {
    "name": "report",
    "short": "",
    "long": "report",
    "type": bool,
    "default": False,
    "help": "say for each file what was read, derived, not used, contradicted and asked",
}
_STRICT = {
    "name": "strict_keys",
    "short": "",
    "long": "strict-keys",
    "type": bool,
    "default": False,
    "help": "take keys that are not known for errors",
}
_FORMAT = {
    "name": "form",
    "short": "",
    "long": "format",
    "type": str,
    "default": "text",
    "choices": [("text", ""), ("json", ""), ("sarif", "")],
    "help": "how findings (and the report) are written",
}
_REFUSED, _WRONG_NAME = 1, 3
_KEY_CODES = ("SR020", "SR037")


class IngestCommand(OwnCommand):
    """doit's plugin."""

    name = "ingest"
    doc_purpose = "read schemas and say what was understood, without building"
    doc_usage = "[COLLECTION | FILE | FOLDER ...]"
    doc_description = None
    cmd_options = (_REPORT, _STRICT, _FORMAT)

    def _execute(self, pos_args: list[str], *, report: bool, strict_keys: bool, form: str) -> int:
        """Print findings or reports; doit passes its options by name."""
        settings = read_settings(current_environment())
        self.dep_manager.close()
        try:
            collections = given_collections(settings, pos_args)
        except UnknownSubjectError as error:
            self.outstream.write(f"{error}\n")
            return _WRONG_NAME
        read = {
            name: compile_collection(name, paths, settings, current_meta(settings, name))
            for name, paths in collections.items()
        }
        findings = {
            name: sort_findings(
                _judged(f, strict=strict_keys) for f in (*found.meta.findings, *found.findings)
            )
            for name, found in read.items()
        }
        for part in _shown(settings, read, findings, report=report, form=form):
            self.outstream.write(part)
        return _REFUSED if any(has_errors(found) for found in findings.values()) else 0


def _judged(finding: Finding, *, strict: bool) -> Finding:
    is_key = strict and finding.code in _KEY_CODES
    return replace(finding, severity=Severity.ERROR) if is_key else finding


def _shown(
    settings: BuildSettings,
    read: Mapping[str, Compiled],
    findings: Findings,
    *,
    report: bool,
    form: str,
) -> Iterator[str]:
    """Yield findings, and the reports if wanted, in the form asked for; JSON is one document."""
    schema = load_schema(settings, "agent")
    if form == "sarif":
        edits = [edit for found in read.values() for edit in _edits(found, schema)]
        everything = [finding for found in findings.values() for finding in found]
        yield json.dumps(sarif_log(everything, load_codes(), edits), indent=1) + "\n"
        return
    documents = {name: _document(found, schema) for name, found in read.items()}
    if form == "json":
        content = [
            {"findings": findings_json(findings[name]), **(document if report else {})}
            for name, document in documents.items()
        ]
        yield json.dumps({"collections": content}, indent=1, ensure_ascii=False) + "\n"
        return
    for name, document in documents.items():
        text = render_findings(findings[name], read[name].texts)
        yield (f"{text}\n" if text else "") + (render_ingest(document) if report else "")


def _edits(found: Compiled, schema: JsonSchema) -> Iterator[Edit]:
    texts = {path: found.texts[path].encode() for path in found.sources}
    for repair in propose_repairs(texts, schema):
        yield from repair.edits


def _document(found: Compiled, schema: JsonSchema) -> dict[str, object]:
    return ingest_document(found.model, found.plan, schema, found.sources)
