"""A subclass beside a generated module: wired in its place, typed, and held to its contract."""

import json
from pathlib import Path

import pytest

from tests.e2e.workspace import COLLECTION, ROOT, SOURCE, Workspace

EXTENSION = '''"""Detector that remembers how often it was asked."""

from agent_runtime.shapes.anomaly import AnomalyRequest, AnomalyResponse
from agent_runtime.shapes.base import Call

from L9.agents.sensor_watch.anomaly_detector import AnomalyDetector


class CountingDetector(AnomalyDetector):
    asked = 0

    def detect_call(self, request: AnomalyRequest, call: Call) -> AnomalyResponse:
        self.asked += 1
        return super().detect_call(request, call)
'''
PLACE = "linked/L9/agents/sensor_watch/anomaly_detector_ext.py"
ANSWER = """modules:
  sensor_watch:
    anomaly_detector.py:
      extend: L9.agents.sensor_watch.anomaly_detector_ext:CountingDetector
"""


def workspace_of(root: Path, extension: str, answer: str = ANSWER) -> Workspace:
    text = (ROOT / "input_schemas" / SOURCE).read_text()
    files = {SOURCE: text, PLACE: extension, f"answers/{COLLECTION}.yaml": answer}
    return Workspace.create(root, sources=files, mypy_cache=root.parent / "mypy")


def test_the_subclass_is_wired_and_never_regenerated(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path / "built", EXTENSION)
    ran = workspace.doit()
    assert ran.code == 0, ran.out
    controller = (workspace.out / "code/sensor_watch/sensor_controller.py").read_text()
    assert "self.detector = CountingDetector(" in controller
    assert "anomaly_detector import" not in controller.replace("anomaly_detector_ext", "")
    copy = workspace.out / "repo" / PLACE.removeprefix("linked/")
    assert copy.read_text() == EXTENSION
    probed = json.loads((workspace.out / ".stage/records/integrate.json").read_text())
    (link,) = [each for each in probed["links"] if each["path"].endswith("_ext.py")]
    assert link["passed"] is True
    todos = json.loads((workspace.out / "locked_todo_plan.json").read_text())
    rows = {row["path"]: row for unit in todos["units"] for row in unit["todos"]}
    assert rows[PLACE.removeprefix("linked/")]["origin"] == "extend"
    allowed = "L9.agents.sensor_watch.anomaly_detector_ext"
    assert allowed in rows["L9/agents/sensor_watch/sensor_controller.py"]["imports"]
    assert allowed not in rows["L9/agents/sensor_watch/memory_bridge.py"]["imports"]
    edited = workspace.root / "input_schemas" / PLACE
    edited.write_text(EXTENSION.replace("call: Call)", "call: str)"))
    again = workspace.doit()
    assert again.code == 1
    assert "anomaly_detector_ext.py" in again.out
    assert "override" in again.out


@pytest.mark.parametrize(
    ("extension", "answer", "code"),
    [
        (EXTENSION.replace("(AnomalyDetector)", ""), ANSWER, "PL004"),
        (EXTENSION, ANSWER.replace(":CountingDetector", ":Counting"), "PL002"),
        (EXTENSION, ANSWER.replace("detector_ext", "detector_extra"), "PL002"),
        (EXTENSION, ANSWER.replace("L9.agents", "1.agents"), "MD003"),
    ],
)
def test_what_is_no_subclass_of_the_generated_class_is_a_finding(
    tmp_path: Path, extension: str, answer: str, code: str
) -> None:
    told = workspace_of(tmp_path / "refused", extension, answer).doit("validate").out
    assert f"{code}  input_schemas/answers/{COLLECTION}.yaml:" in told
