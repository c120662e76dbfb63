"""Builds small collections for tests: one flat schema an agent, changed as a test needs it."""

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from generators.engine.model.load import LoadedModel, load_model
from generators.engine.sources.canonical import Plain

ROOT = Path(__file__).resolve().parents[3]
AGENT_SCHEMA = json.loads((ROOT / "meta/schemas/agent.schema.json").read_text())
COLLECTION_SCHEMA = json.loads((ROOT / "meta/schemas/collection.schema.json").read_text())


def schema(agent_id: str = "probe", **changes: object) -> dict[str, object]:
    """Return a small valid schema; a change of None removes the key."""
    base: dict[str, object] = {
        "agent_id": agent_id,
        "system": f"System {agent_id}",
        "module": "testing",
        "name": agent_id.title().replace("_", ""),
        "role": "Exists for a test.",
        "rootpath": f"L9/agents/{agent_id}",
        "depends_on": {"hard": [], "soft": []},
        "governance": {"anchors": ["Igor"], "mode": "hybrid", "humanoverride": True},
        "cursorinstructions": {"generatefiles": ["governance_bridge.py"]},
    }
    base.update(changes)
    return {key: value for key, value in base.items() if value is not None}


def load(
    *schemas: Mapping[str, object] | str,
    answers: Mapping[str, Mapping[str, Plain]] | None = None,
) -> LoadedModel:
    """Load a collection of schemas, each a mapping or YAML text, from one Markdown file."""
    texts = [s if isinstance(s, str) else yaml.safe_dump(dict(s), sort_keys=False) for s in schemas]
    markdown = "".join(f"## Agent\n```yaml\n{text}```\n\n" for text in texts)
    return load_model(
        "probe",
        {"probe.md": markdown.encode()},
        agent_schema=AGENT_SCHEMA,
        collection_schema=COLLECTION_SCHEMA,
        answers=answers or {},
    )


def codes(model: LoadedModel) -> list[str]:
    """Return the codes of the errors, in order."""
    return [finding.code for finding in model.findings if finding.severity == "error"]
