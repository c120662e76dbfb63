"""Findings as a SARIF 2.1.0 log, which editors and code hosts show at their lines."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from generators.engine.build.finding_pages import FindingCode
from generators.engine.findings import Finding, Place, page_of, sort_findings
from generators.engine.sources.edits import Edit

Json = Mapping[str, object]


def sarif_log(
    findings: Iterable[Finding], codes: Iterable[FindingCode], edits: Iterable[Edit] = ()
) -> dict[str, object]:
    """Return findings as one run.

    Args:
        findings: what to report.
        codes: what is to be known about codes.
        edits: proven repairs; one stands with the finding of its line and code.
    """
    shown = sort_findings(findings)
    known = {code.code: code for code in codes}
    rules = [_rule(code, known.get(code)) for code in sorted({f.code for f in shown})]
    proposed = tuple(edits)
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "l9-codegen", "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, proposed) for finding in shown],
            }
        ],
    }


def _rule(name: str, code: FindingCode | None) -> dict[str, object]:
    if code is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.explanation},
        "help": {"text": f"{code.repair}\n\nSee {page_of(name)}."},
        "defaultConfiguration": {"level": code.severity},
    }


def _result(finding: Finding, edits: tuple[Edit, ...]) -> dict[str, object]:
    place = finding.place
    region = {"startLine": place.line, "startColumn": place.column}
    physical = {"artifactLocation": _artifact(place.file), "region": region}
    location: dict[str, object] = {"physicalLocation": physical}
    if finding.agent:
        logical = {"name": finding.agent, "fullyQualifiedName": finding.agent + finding.pointer}
        location["logicalLocations"] = [logical]
    result: dict[str, object] = {
        "ruleId": finding.code,
        "level": str(finding.severity),
        "message": {"text": f"{finding.message}. Repair: {finding.repair}"},
        "locations": [location],
    }
    mends = [edit for edit in edits if _mends(edit, finding.code, place)]
    return {**result, "fixes": [_fix(finding, mends)]} if mends else result


def _mends(edit: Edit, code: str, place: Place) -> bool:
    return (edit.file, edit.line) == (place.file, place.line) and edit.reason.startswith(code)


def _fix(finding: Finding, edits: Iterable[Edit]) -> dict[str, object]:
    change = {
        "artifactLocation": _artifact(finding.place.file),
        "replacements": [_replacement(edit) for edit in edits],
    }
    return {"description": {"text": finding.repair}, "artifactChanges": [change]}


def _replacement(edit: Edit) -> dict[str, object]:
    """Return an edit as a replaced region; that of a removed line ends where the next begins."""
    if edit.after is None:
        ends = {"endLine": edit.line + 1, "endColumn": 1}
        return {"deletedRegion": {"startLine": edit.line, "startColumn": 1, **ends}}
    end = edit.column + len(edit.before)
    region = {"startLine": edit.line, "startColumn": edit.column, "endColumn": end}
    return {"deletedRegion": region, "insertedContent": {"text": edit.after}}


def _artifact(path: str) -> dict[str, str]:
    return {"uri": f"file://{quote(path)}" if path.startswith("/") else quote(path)}
