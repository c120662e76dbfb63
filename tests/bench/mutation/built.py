"""Find the modules of a built agent and the tests that stand for them."""

import json
from pathlib import Path

from tests.bench.mutation.killing import Target

_RUNTIME = Path(__file__).resolve().parents[3] / "generators" / "runtime"


def agent_targets(extraction: Path, agent_id: str) -> tuple[list[Target], list[Path]]:
    """Return the agent's modules with their tests, and the import path they need.

    Args:
        extraction: folder of the built collection.
        agent_id: which agent.
    """
    plan = json.loads((extraction / "locked_todo_plan.json").read_text())
    unit = next(unit for unit in plan["units"] if unit["unit"] == agent_id)
    repo = extraction / "repo"
    targets = [
        Target(
            module=todo["path"].removesuffix(".py").replace("/", ".").removesuffix(".__init__"),
            path=repo / todo["path"],
            tests=tuple(repo / test for test in todo["tests"]),
        )
        for todo in unit["todos"]
        if todo["role"] == "module" and todo["tests"]
    ]
    return targets, [repo, _RUNTIME]
