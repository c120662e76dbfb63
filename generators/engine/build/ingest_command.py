"""`doit ingest`: read collections or single files, and say what was understood."""

import json
from dataclasses import replace

from doit.cmd_base import DoitCmdBase

from generators.engine.build.compile import Compiled, compile_collection, load_schema
from generators.engine.build.compiled import current_meta
from generators.engine.build.given_files import UnknownSubjectError, given_collections
from generators.engine.findings import (
    Finding,
    Severity,
    findings_json,
    findings_sarif,
    has_errors,
    render_findings,
)
from generators.engine.plan.ingest_report import ingest_document, render_ingest
from generators.engine.shell.environment import BuildSettings, current_environment, read_settings

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


class IngestCommand(DoitCmdBase):  # type: ignore[misc] # doit ships no types
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
        refused = False
        for name, paths in collections.items():
            found = compile_collection(name, paths, settings, current_meta(settings, name))
            findings = [_judged(f, strict=strict_keys) for f in found.findings]
            self.outstream.write(_shown(settings, found, findings, report=report, form=form))
            refused |= has_errors(findings)
        return _REFUSED if refused else 0


def _judged(finding: Finding, *, strict: bool) -> Finding:
    is_key = strict and finding.code in _KEY_CODES
    return replace(finding, severity=Severity.ERROR) if is_key else finding


def _shown(
    settings: BuildSettings, found: Compiled, findings: list[Finding], *, report: bool, form: str
) -> str:
    """Return findings, and the report if wanted, in the form asked for."""
    if form == "sarif":
        return json.dumps(findings_sarif(findings), indent=1) + "\n"
    schema = load_schema(settings, "agent")
    files = [path for path in found.texts if f"/answers/{found.name}." not in path]
    document = ingest_document(found.model, found.plan, schema, files)
    if form == "json":
        content = {"findings": findings_json(findings), **(document if report else {})}
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    text = render_findings(findings, found.texts)
    return (f"{text}\n" if text else "") + (render_ingest(document) if report else "")
