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
CONTENT = {"open", "read_text", "write_text", "read_bytes", "write_bytes"}
"""What `build`, which wires the shell to doit, may not do by itself either."""

TOOLS = {"build/preview.py"}
"""Commands for people who write patterns; no part of the build."""

CHILDREN = {"build/integration_probe.py", "build/pytest_record.py"}
"""They run inside a process that the shell starts, and report what they see there."""

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
    if name in TOOLS | CHILDREN:
        return
    calls = worldly_calls(ast.parse(text))
    if name.startswith("build/"):
        calls = [call for call in calls if call.partition(":")[0] in CONTENT]
    assert calls == []


@pytest.mark.parametrize(
    "source", ["open('x')", "p.write_text('x')", "os.stat('x')", "time.monotonic()"]
)
def test_the_check_itself_can_fail(source: str) -> None:
    assert worldly_calls(ast.parse(source))
