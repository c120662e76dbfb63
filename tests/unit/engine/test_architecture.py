"""The compiler's core touches nothing: disk, processes and clock belong to the shell."""

import ast
from pathlib import Path

import pytest

ENGINE = Path(__file__).resolve().parents[3] / "generators" / "engine"
WORLDLY = {
    "open", "read_text", "write_text", "read_bytes", "write_bytes", "unlink", "mkdir", "rmdir",
    "rename", "touch", "iterdir", "rglob", "scandir", "listdir", "makedirs", "exists", "is_file",
    "stat", "Popen", "monotonic", "perf_counter",
}  # fmt: skip
TOOLS = {"build/preview.py"}
"""Commands for people who write patterns; no part of the build."""

FILES = sorted(path for path in ENGINE.rglob("*.py") if "shell" not in path.parts)


def worldly_calls(tree: ast.AST) -> list[str]:
    """Return `name:line` of each call that touches the world by its method's name."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name) and function.id == "open":
                found.append(f"open:{node.lineno}")
            if isinstance(function, ast.Attribute) and function.attr in WORLDLY:
                owner = function.value
                if not (isinstance(owner, ast.Name) and owner.id in {"re", "self"}):
                    found.append(f"{function.attr}:{node.lineno}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ENGINE)))
def test_a_module_of_the_core_is_pure_and_short(path: Path) -> None:
    name = str(path.relative_to(ENGINE))
    text = path.read_text()
    assert len(text.splitlines()) <= 400, "look for the seam"
    if name not in TOOLS:
        assert worldly_calls(ast.parse(text)) == []


@pytest.mark.parametrize(
    "source", ["open('x')", "p.write_text('x')", "os.stat('x')", "time.monotonic()"]
)
def test_the_check_itself_can_fail(source: str) -> None:
    assert worldly_calls(ast.parse(source))
