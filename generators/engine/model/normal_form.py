"""The normalised form of an agent schema: canonical data and purposes, as stable JSON.

It is a build target: what it does not hold (comments without data, line numbers, key spellings)
cannot cause a rebuild.
"""

import json
from collections.abc import Mapping

import msgspec

from generators.engine.findings import Place
from generators.engine.model.agent import Agent
from generators.engine.model.resolve_agent import resolve_agent
from generators.engine.sources.canonical import Plain


def normal_form(data: Mapping[str, Plain], comments: Mapping[str, str]) -> bytes:
    """Return the normalised form as UTF-8 JSON with sorted comments; only purposes are kept."""
    purposes = {
        p: text for p, text in sorted(comments.items()) if p.startswith("/cursorinstructions/")
    }
    document = {"schema": data, "purposes": purposes}
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def parse_normal_form(content: bytes) -> Agent:
    """Return the model of a normalised schema that was accepted before.

    Raises:
        ValueError: the content is none.
    """
    document = json.loads(content)
    agent, _ = resolve_agent(document["schema"], document["purposes"], _nowhere)
    if agent is None:
        raise ValueError("the normalised schema has no usable id or rootpath; run `doit validate`")
    return agent


def _nowhere(pointer: str) -> Place:
    return Place(file=f"normalised{pointer}")
