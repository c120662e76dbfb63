"""Names can only be built valid."""

import pytest

from generators.engine.names import (
    AgentId,
    Identifier,
    InvalidNameError,
    RepoPath,
    camel_case,
    module_path,
    normal_stem,
    snake_case,
)


@pytest.mark.parametrize("text", ["score", "_x1", "Score", "class_"])
def test_identifiers_of_python_are_accepted(text: str) -> None:
    assert Identifier(text) == text


@pytest.mark.parametrize("text", ["", "1x", "a b", "a-b", "class", "import os; x", "ä", "x" * 201])
def test_what_python_cannot_import_is_refused(text: str) -> None:
    with pytest.raises(InvalidNameError):
        Identifier(text)


@pytest.mark.parametrize("text", ["Main", "main agent", "lambda", "", "main-agent", "x" * 201])
def test_agent_ids_are_lower_snake_case(text: str) -> None:
    with pytest.raises(InvalidNameError):
        AgentId(text)
    assert AgentId("main_agent2") == "main_agent2"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("/etc/x", "absolute"),
        ("../../x.py", "leaves"),
        ("a/../b", "leaves"),
        ("a//b", "no plain name"),
        ("a b.py", "no plain name"),
        (".git/config", "no plain name"),
        ("a/.", "no plain name"),
        ("a\x00b", "no plain name"),
        ("a\u202eb", "no plain name"),
        ("a\\b", "no plain name"),
        ("", "no plain name"),
        ("x" * 201, "no plain name"),
        ("L9/aux.py", "device"),
        ("L9/NUL", "device"),
    ],
)
def test_paths_that_could_leave_the_tree_are_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidNameError, match=reason):
        RepoPath(text)


def test_a_path_knows_its_parts() -> None:
    path = RepoPath("L9/core/tensor_scorer.py")
    assert (path.name, path.stem, path.folder) == ("tensor_scorer.py", "tensor_scorer", "L9/core")
    assert RepoPath("L9").folder == ""
    assert RepoPath("L9/core/") == "L9/core"
    assert RepoPath("L9").below("core", "x.py") == "L9/core/x.py"
    with pytest.raises(InvalidNameError):
        RepoPath("L9").below("..")


def test_module_paths_are_importable() -> None:
    assert module_path(RepoPath("L9/core/x.py")) == "L9.core.x"
    assert module_path(RepoPath("L9/core/__init__.py")) == "L9.core"
    assert module_path(RepoPath("L9/core")) == "L9.core"
    with pytest.raises(InvalidNameError, match="reserved"):
        module_path(RepoPath("L9/class.py"))


def test_spellings_of_one_name_meet() -> None:
    assert (
        normal_stem("Governance_Bridge") == normal_stem("governance-bridge") == "governancebridge"
    )
    assert snake_case("TensorAIOS") == "tensor_aios"
    assert snake_case("Main Agent") == "main_agent"
    assert snake_case("plastos-adapter") == "plastos_adapter"
    assert camel_case("anomaly_detector") == "AnomalyDetector"
    assert camel_case("TensorAIOS") == "TensorAIOS"
