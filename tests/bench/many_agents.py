"""Schemas of many agents, each as long as a real one: the input of the reading bench."""

from pathlib import Path

_SHIPPED = Path(__file__).resolve().parents[2] / "input_schemas/tensoraios_ecosystem_v6.0.md"
_BEGIN, _END = "# yaml-language-server:", "\n```"
_IDENTITY = "agent_id: main_agent\n"


def real_schema() -> str:
    """Return the longest schema that we ship, the Main Agent's: 25 KB of YAML."""
    parts = _SHIPPED.read_text(encoding="utf-8").split(_BEGIN)
    part = next(part for part in parts if _IDENTITY in part)
    return _BEGIN + part.partition(_END)[0] + "\n"


def agent_schema(number: int) -> bytes:
    """Return the real schema with names of its own; of ten in a row, each needs the one before."""
    name = f"agent_{number:04}"
    needed = f"agent_{number - 1:04}" if number % 10 else ""
    text = real_schema()
    for old, new in (
        ("hard: [tensoraios]", f"hard: [{needed}]"),
        ("main_agent", name),
        ("mainagent", name),
        ("MainAgent", f"Agent{number:04}"),
        ("L9 Main Agent", f"L9 Agent {number:04}"),
        ("agents/main", f"agents/{name}"),
    ):
        text = text.replace(old, new)
    return text.encode()


def many_schemas(count: int) -> dict[str, bytes]:
    """Return that many schemas by file name."""
    return {f"agent_{number:04}.yaml": agent_schema(number) for number in range(count)}
