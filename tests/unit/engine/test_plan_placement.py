"""Where an agent's code may lie."""

import pytest

from generators.engine.plan.placement import check_placement
from tests.unit.engine.collection_builder import load, schema


def _placed(rootpath: str, namespace: str = "L9") -> tuple[list[str], list[str]]:
    model = load(schema("probe", rootpath=rootpath))
    places = {name: agent.places for name, agent in model.agents.items()}
    found, stopped = check_placement(
        model.collection, namespace, places=places, blocked={"other": ("why",)}
    )
    assert all(finding.place == places["probe"]["/rootpath"] for finding in found)
    assert stopped["other"] == ("why",)
    return [f"{f.code} {f.message}" for f in found], list(stopped.get("probe", ()))


@pytest.mark.parametrize(
    ("rootpath", "why"),
    [
        ("House/probe", "does not lie below L9"),
        ("L9x/probe", "does not lie below L9"),
        ("json/probe", "does not lie below L9"),
        ("L9", "is the root namespace itself"),
        ("L9/tests/probe", "lies among the tests"),
    ],
)
def test_a_misplaced_agent_is_stopped(rootpath: str, why: str) -> None:
    (message,), (reason,) = _placed(rootpath)
    assert message.startswith(f"PL010 {rootpath} ")
    assert why in message
    assert reason.startswith("PL010 probe.md:")


@pytest.mark.parametrize("rootpath", ["L9/probe", "L9/agents/tests", "L9/testsuite/x"])
def test_a_folder_below_the_namespace_is_fine(rootpath: str) -> None:
    assert _placed(rootpath) == ([], [])


def test_another_house_has_another_namespace() -> None:
    assert _placed("House/probe", "House") == ([], [])
