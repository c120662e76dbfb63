"""A stem that no pattern answers: asked for, answered in a few lines, compiled over linked code."""

import json
from pathlib import Path

import pytest
import yaml

from tests.e2e.expression import ANSWER, LINKED, sources
from tests.e2e.workspace import COLLECTION, Workspace

UNKNOWN_PATTERN = """modules:
  sensor_watch:
    expression_evaluator.py: {pattern: no_such_pattern}
"""


@pytest.fixture(scope="module")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def planned(root: Path, mypy_cache: Path, files: dict[str, str]) -> tuple[Workspace, str]:
    """Plan a workspace with these sources, and return what the build says about them."""
    workspace = Workspace.create(root, sources=files, mypy_cache=mypy_cache)
    workspace.doit("todo")
    return workspace, workspace.doit("validate").out


def questions(workspace: Workspace) -> list[dict[str, object]]:
    return json.loads((workspace.out / "questions.json").read_text()).get("sensor_watch", [])


def test_an_unknown_stem_is_asked_for_with_the_yaml_that_answers_it(
    tmp_path: Path, mypy_cache: Path
) -> None:
    workspace, _ = planned(tmp_path / "asked", mypy_cache, sources(answered=False))
    asked = questions(workspace)
    (about,) = [each for each in asked if "expression_evaluator.py" in str(each["text"])]
    assert about["text"] == "no pattern answers expression_evaluator.py"
    snippet = yaml.safe_load(str(about["snippet"]))
    entry = snippet["modules"]["sensor_watch"]["expression_evaluator.py"]
    assert entry["bind"] == {
        "evaluate_expression": "L9.lib.expression_evaluator:evaluate_expression"
    }
    assert str(about["snippet"]) in (workspace.out / "questions.md").read_text()
    assert "pattern:" in str(about["snippet"])
    pasted = f"answers/{COLLECTION}.yaml"
    again, told = planned(
        tmp_path / "pasted", mypy_cache, {**sources(answered=False), pasted: str(about["snippet"])}
    )
    assert "PL002" in told
    assert "the linked code L9/lib/expression_evaluator.py is not there" in told
    assert f"input_schemas/{pasted}:5:" in told
    assert questions(again) == []


def test_answered_it_compiles_with_the_linked_code_beside_it(
    tmp_path: Path, mypy_cache: Path
) -> None:
    workspace = Workspace.create(
        tmp_path / "built", sources=sources(answered=True), mypy_cache=mypy_cache
    )
    ran = workspace.doit()
    assert ran.code == 0, ran.out
    assert (workspace.out / "repo/L9/lib/expressions.py").read_text() == LINKED
    todos = json.loads((workspace.out / "locked_todo_plan.json").read_text())
    rows = {row["path"]: row for unit in todos["units"] for row in unit["todos"]}
    module = rows["L9/agents/sensor_watch/expression_evaluator.py"]
    assert (module["origin"], module["pattern"]) == ("bind", "bound_module@1.0")
    assert "L9.lib.expressions" in module["imports"]
    assert [p for p, row in rows.items() if "L9.lib.expressions" in row["imports"]] == [
        module["path"],
        *module["tests"],
    ]
    assert rows["L9/lib/expressions.py"]["action"] == "Insert"
    spec = (workspace.out / "docs/sensor_watch/API_SPEC.md").read_text()
    assert "the sum, at most 200 characters" in spec
    report = (workspace.out / "evidence_report.md").read_text()
    assert "1 file stands over code that is not generated." in report
    changed = workspace.root / "input_schemas/linked/L9/lib/expressions.py"
    changed.write_text(LINKED.replace("ast.Add", "ast.Sub"))
    again = workspace.doit()
    assert again.code == 1
    assert "test_evaluate_expression_answers_example_1_of_the_schema" in again.out


@pytest.mark.parametrize(
    ("linked", "answer", "code", "said"),
    [
        (LINKED.replace("def evaluate(", "def assess("), ANSWER, "PL002",
         "defines no function evaluate"),
        (LINKED.replace("digits: int", "places: int"), ANSWER, "PL003",
         "the schema declares (expression: str, digits: int) -> float"),
        ("def evaluate(:", ANSWER, "PL002", "is no Python that can be read"),
        (LINKED, UNKNOWN_PATTERN, "PL001",
         "there is no module pattern 'no_such_pattern'"),
        (LINKED, ANSWER.replace("bind:", "pattern: tensor_utils\n      bind:"), "MD018",
         "both a pattern and functions"),
        (LINKED, ANSWER.replace("expression_evaluator.py", "evaluator.py"), "MD017",
         "which generatefiles does not list"),
        (LINKED, ANSWER.replace("evaluate_expression:\n          purpose",
                                "estimate:\n          purpose"), "MD017",
         "estimate is declared and bound to nothing"),
        (LINKED, ANSWER.replace("type: integer", "type: whole"), "MD001", "'whole' is not one of"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_linked_code_is_a_finding_in_the_answers(
    tmp_path: Path, linked: str, answer: str, code: str, said: str
) -> None:
    files = sources(answered=True, linked=linked, answer=answer)
    _, told = planned(tmp_path / "refused", tmp_path / "mypy", files)
    assert f"{code}  input_schemas/answers/{COLLECTION}.yaml:" in told
    assert said in told


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("returns: 3.2", "raises: ValueError", "has no example of what it returns"),
        ("digits: 1}\n              returns", "places: 1}\n              returns",
         "the arguments are expression, digits"),
        ("raises: ValueError\n", "raises: KeyError\n", "raises KeyError, which is not declared"),
    ],
)  # fmt: skip
def test_examples_that_do_not_fit_the_signature_are_asked_about(
    tmp_path: Path, mypy_cache: Path, old: str, new: str, said: str
) -> None:
    assert old in ANSWER
    files = sources(answered=True, answer=ANSWER.replace(old, new))
    workspace, _ = planned(tmp_path / "asked", mypy_cache, files)
    assert any(said in str(each["text"]) for each in questions(workspace))


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ("{metric: 3}", "modules.expression_evaluator.py.params do not fit"),
        ("{agent: other_agent}", ""),
    ],
)
def test_a_pattern_named_by_the_schema_takes_its_parameters_from_there(
    tmp_path: Path, mypy_cache: Path, params: str, said: str
) -> None:
    answer = (
        "modules:\n  sensor_watch:\n    expression_evaluator.py:\n"
        f"      pattern: event_publisher\n      params: {params}\n"
    )
    files = sources(answered=True, answer=answer, served=False)
    workspace, _ = planned(tmp_path / "asked", mypy_cache, files)
    texts = [str(each["text"]) for each in questions(workspace)]
    assert any(said in text for text in texts) if said else not any("fit" in t for t in texts)
    patterns = json.loads((workspace.out / "locked_todo_plan.json").read_text())["units"]
    rows = [row for unit in patterns for row in unit["todos"]]
    (row,) = [r for r in rows if r["path"].endswith("/expression_evaluator.py")]
    assert row["pattern"].startswith("event_publisher@")
