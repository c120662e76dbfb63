"""What must hold of the reader whatever bytes it is given: the property that is fuzzed."""

import json
import time
from pathlib import Path

from generators.engine.findings import render_findings
from generators.engine.model.load import LoadedModel, load_model
from generators.engine.model.normal_form import parse_normal_form
from generators.engine.model.repairs import propose_repairs
from generators.engine.names import RepoPath, module_path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "corpus"
LONGEST_SECONDS = 2.0
_SCHEMAS = ROOT / "meta/schemas"
_AGENT = json.loads((_SCHEMAS / "agent.schema.json").read_text())
_COLLECTION = json.loads((_SCHEMAS / "collection.schema.json").read_text())


class BrokenReaderError(Exception):
    """The reader did something that it must never do."""


def check_reading(content: bytes) -> LoadedModel:
    """Read `content` as a collection.

    Raises:
        BrokenReaderError: it took too long, accepted an escape, or reported a place that is none.
    """
    start = time.process_time()
    model = load_model(
        "fuzz",
        {"fuzz.md": content},
        agent_schema=_AGENT,
        collection_schema=_COLLECTION,
        answers={},
    )
    repairs = propose_repairs({"fuzz.md": content}, _AGENT)
    seconds = time.process_time() - start
    if seconds > LONGEST_SECONDS:
        raise BrokenReaderError(f"it took {seconds:.1f} s")
    for repair in repairs:
        if not repair.edits:
            raise BrokenReaderError("a repair without an edit")
    _check_places(model, content)
    _check_paths(model)
    return model


def _check_places(model: LoadedModel, content: bytes) -> None:
    text = content.decode("utf-8", errors="replace")
    lines = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    for finding in model.findings:
        if not (1 <= finding.place.line <= lines and finding.place.column >= 1):
            raise BrokenReaderError(f"{finding.code} is at {finding.place} of {lines} lines")
    shown = render_findings(model.findings, {"fuzz.md": text})
    if any(not (c.isprintable() or c == "\n") for c in shown):
        raise BrokenReaderError("a report shows a control character")


def _check_paths(model: LoadedModel) -> None:
    for key, item in model.agents.items():
        agent = item.agent
        root = RepoPath(str(agent.rootpath))
        module_path(root)
        for file in agent.instructions.generate_files:
            if ".." in file.path.split("/") or not file.path.startswith(f"{root}/"):
                raise BrokenReaderError(f"{file.path} leaves {root}")
            module_path(RepoPath(str(file.path)))
        if parse_normal_form(item.normalised).agent_id != key:
            raise BrokenReaderError(f"the normalised form of {key} is another agent's")
