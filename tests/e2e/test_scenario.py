"""The shipped system as processes, led through small markets: every stage runs, figures are whole.

Markets this small prove nothing about learning, and none is claimed: the exit code only has to say
what the file says. `make scenario` leads it through markets that are large enough.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.workspace import Workspace

COLLECTION = "tensoraios_ecosystem"
SIZE = (
    *("--seeds", "2", "--parties", "16", "--groups", "3", "--deals", "250"),
    *("--detector-runs", "5"),
)


@pytest.mark.system
def test_all_built_agents_are_led_through_markets_over_http(
    ecosystem: Workspace, tmp_path: Path
) -> None:
    workspace = ecosystem.copy_to(tmp_path / "w")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "generators.engine.build.scenario", COLLECTION, *SIZE],
        cwd=workspace.root,
        env=kept,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    output = workspace.root / ".codegen/scenario" / COLLECTION
    document = json.loads((output / "scenario.json").read_text())
    assert document["held"] is (done.returncode == 0)
    trials = document["trials"]
    assert [(each["seed"], each["structured"]) for each in trials] == [
        (seed, structured) for seed in (1, 2) for structured in (True, False)
    ]
    assert all(each["refused_untaught"] and each["history"] > 50 for each in trials)
    assert all(0.0 <= each["learnt"] <= each["best"] <= 1.0 for each in trials)
    ran = {each["name"]: each["ran"] for each in document["stages"]}
    assert [name for name, each in ran.items() if not each] == [
        *("the scoring agent is retrained", "an auditor reports violations")
    ]
    assert all(each["escalated"] and each["overridden"] for each in trials)
    said = done.stdout
    assert all(f"structure {seed}" in said and f"control {seed}" in said for seed in (1, 2))
    assert said.count("not run  ") == [*ran.values()].count(False)
    assert (output / "scenario.svg").read_text().startswith("<svg")
