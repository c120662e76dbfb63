"""The checklist of one agent as a file: each item with its answer, proof and digests, by phase."""

from collections.abc import Iterable

from generators.engine.evidence.checklist import ChecklistItem
from generators.engine.evidence.claims import plural
from generators.engine.evidence.folder import Facts, UnitEvidence, json_document, mappings
from generators.engine.evidence.names import checklist_path, checklist_view_path
from generators.engine.render.safe_text import md, md_code

_SINKS = (
    "Stores and anchors were checked against the templates and local sinks; "
    "the real ones are reached before deployment."
)
_MARKS = {True: "yes", False: "**no**", None: "open"}


def checklist_documents(facts: Facts, items: tuple[ChecklistItem, ...]) -> dict[str, bytes]:
    """Return the checklist of every built agent, as JSON and as Markdown, by path."""
    made = {}
    for unit in facts.built:
        own = [item for item in items if item.unit == unit.unit_id]
        phases = _phases(facts, own)
        stopped = next((p["phase"] for p in phases if p["state"] != "signed off"), None)
        document = {
            "agent": unit.unit_id,
            "plan_digest": f"sha256:{facts.plan.digest}",
            "signed_off": stopped is None,
            "stopped_at_phase": stopped,
            "reachability": _SINKS,
            "phases": phases,
        }
        made[checklist_path(unit.unit_id)] = json_document(document)
        made[checklist_view_path(unit.unit_id)] = _view(unit, own, phases)
    return made


def _phases(facts: Facts, items: Iterable[ChecklistItem]) -> list[dict[str, object]]:
    """Return the phases in order; what comes behind the first that is not signed off is stopped."""
    own = tuple(items)
    names = {int(str(p["phase"])): str(p["name"]) for p in mappings(facts.master, "phases")}
    phases: list[dict[str, object]] = []
    stopped = False
    for number in sorted({item.phase for item in own}):
        of_phase = [item for item in own if item.phase == number]
        state = "stopped" if stopped else _state(of_phase)
        stopped = stopped or state != "signed off"
        phases.append(
            {
                "phase": number,
                "name": names.get(number, ""),
                "state": state,
                "items": [_entry(facts, item) for item in of_phase],
            }
        )
    return phases


def _state(items: Iterable[ChecklistItem]) -> str:
    answers = {item.holds for item in items}
    if False in answers:
        return "failed"
    return "open" if None in answers else "signed off"


def _entry(facts: Facts, item: ChecklistItem) -> dict[str, object]:
    subjects = {path: facts.folder.sha256(path) for path in item.subjects}
    record = item.source.split("#", maxsplit=1)[0]
    return {
        "id": item.item_id,
        "asks": item.asks,
        "holds": item.holds,
        "proof": item.proof,
        "source": item.source,
        "record_sha256": facts.folder.sha256(record),
        "subjects": {path: sha for path, sha in subjects.items() if sha is not None},
    }


def _view(
    unit: UnitEvidence, items: Iterable[ChecklistItem], phases: list[dict[str, object]]
) -> bytes:
    own = tuple(items)
    lines = [f"# Checklist of {md(unit.plan.label)}", "", _SINKS]
    for phase in phases:
        of_phase = [item for item in own if item.phase == phase["phase"]]
        held = sum(item.holds is True for item in of_phase)
        counted = f"{held} of {plural(len(of_phase), 'item')}"
        lines += [
            "",
            f"## Phase {phase['phase']}: {md(phase['name'])}",
            "",
            f"{str(phase['state']).capitalize()}: {counted} answered with yes.",
            "",
            "| item | asks | answer | proof |",
            "|---|---|---|---|",
            *(
                f"| {md_code(item.item_id)} | {md(item.asks)} | {_MARKS[item.holds]} "
                f"| {md(item.proof)} |"
                for item in of_phase
            ),
        ]
    return ("\n".join(lines) + "\n").encode()
