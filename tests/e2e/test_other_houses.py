"""A collection of another house: its own namespace, anchors, protocol and file names, by glue."""

import ast
import json
import re
from pathlib import Path

import pytest

from tests.e2e.workspace import ROOT, Workspace

HOUSES = Path(__file__).with_name("collections")
ORDINARY = {
    "transformer": "class DocumentTransformer",
    "domain_client": "class DomainClient",
    "packet_router": "class PacketHandler",
    "tensor_coordinator": "class TensorCoordinator",
    "context_enricher": "class ContextEnricher",
    "governance_integrator": "class GovernanceBridge",
    "config": "class ConfigManager",
    "routes": "def create_app",
    "models": "RESPONSES: Final",
    "validator": "class InputValidator",
    "cache_manager": "class MemoryBridge",
    "metrics": "class MetricsBoard",
    "controller": "class OrderDeskController",
}
"""What a file with an everyday name holds, by its stem."""
OURS = re.compile(r"\b(L9|Igor|PacketEnvelope)\b")
OUR_CODE = [
    path
    for folder in ("engine", "patterns", "runtime/agent_runtime")
    for path in sorted((ROOT / "generators" / folder).rglob("*"))
    if path.suffix in {".py", ".j2", ".yaml"} and not {"example", "bad"} & set(path.parts)
]
TOOLS = {"generators/engine/build/preview.py", "generators/engine/build/finding_pages.py"}
"""Commands for people who write patterns or findings, on collections of this house."""


def sources(house: str = "line_watch") -> dict[str, str]:
    folder = HOUSES / house
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def names_of_ours(out: Path) -> list[str]:
    """Return the lines of a build that speak of the house that these tests do not belong to."""
    return [
        f"{path.relative_to(out)}: {line}"
        for path in sorted((out / "repo").rglob("*"))
        if path.is_file()
        for line in path.read_text().splitlines()
        if re.search(r"\b(L9|Igor)\b", line)
    ]


def test_ordinary_names_under_another_namespace_compile_by_glue_alone(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "w", sources=sources(), mypy_cache=tmp_path / "mypy")
    ran = workspace.doit()
    assert ran.code == 0, ran.out
    out = workspace.root / "extractions/line_watch"
    verdict = json.loads((out / ".stage/line_watch/verdict.json").read_text())
    assert verdict["passed"] is True
    assert {path.name for path in (out / "repo").iterdir()} == {"acme"}
    assert names_of_ours(out) == []
    assert (out / "repo/acme/core/packetprotocol.py").is_file()
    config = (out / "repo/acme/line_watch_config.yaml").read_text()
    assert "EnvelopeX" in config
    governance = (out / "code/line_watch/governance_integrator.py").read_text()
    assert '"Plant Manager"' in governance
    cache = (out / "code/line_watch/cache_manager.py").read_text()
    assert "class MemoryBridge" in cache
    packets = (out / "code/line_watch/packet_router.py").read_text()
    assert "class PacketHandler" in packets
    transformer = (out / "code/line_watch/transformer.py").read_text()
    assert "class DocumentTransformer" in transformer
    board = (out / "code/line_watch/metrics.py").read_text()
    assert "class MetricsBoard" in board
    report = (out / "evidence_report.md").read_text()
    assert "anchors_configured (no)" not in report


def test_two_agents_of_everyday_files_compile_and_one_asks_the_other(tmp_path: Path) -> None:
    workspace = Workspace.create(
        tmp_path / "w", sources=sources("order_desk"), mypy_cache=tmp_path / "mypy"
    )
    ran = workspace.doit()
    assert ran.code == 0, ran.out
    out = workspace.root / "extractions/order_desk"
    code = {path.stem: path.read_text() for path in (out / "code/order_desk").glob("*.py")}
    assert {stem: holds in code[stem] for stem, holds in ORDINARY.items()} == dict.fromkeys(
        ORDINARY, True
    )
    assert "def detect_anomaly(" in code["domain_client"]  # of the agent that the glue wires
    assert 'name="Shift Lead"' in code["governance_integrator"]
    assert names_of_ours(out) == []
    for agent in ("order_desk", "floor_watch"):
        record = json.loads((out / f".stage/{agent}/verdict.json").read_text())
        assert record["passed"] is True
    walked = json.loads((out / ".stage/records/integrate.json").read_text())["edges"]
    edge, together = sorted(walked, key=lambda each: not each["caller"])
    assert edge["path"] == "factory/tests/codegen_integration/test_order_desk_calls_floor_watch.py"
    assert together["path"] == "factory/tests/codegen_integration/test_order_desk.py"
    assert together["failures_passed"] == 5  # every way between the two but the one declared
    assert (edge["steps"], edge["steps_passed"]) == (4, 4)
    assert (edge["failures"], edge["failures_passed"]) == (6, 6)
    report = (out / "evidence_report.md").read_text()
    assert "2 of 2 edges passed all their integration tests: 19 tests, 100.0% passed." in report


def test_the_environment_has_the_last_word_about_the_namespace(tmp_path: Path) -> None:
    moved = {name: text.replace("acme/", "works/") for name, text in sources().items()}
    workspace = Workspace.create(tmp_path / "w", sources=moved, mypy_cache=tmp_path / "mypy")
    workspace.doit("sequence", CODEGEN_ROOT_NAMESPACE="works")
    plan = json.loads(
        (workspace.root / "extractions/line_watch/.stage/line_watch.links/plan.json").read_text()
    )
    assert all(file["path"].startswith("works/") for file in plan["files"])


def test_what_is_wrong_in_the_glue_of_a_collection_is_a_finding_there(tmp_path: Path) -> None:
    files = sources()
    files["glue/line_watch.yaml"] = files["glue/line_watch.yaml"].replace("email", "pigeon")
    workspace = Workspace.create(tmp_path / "w", sources=files, mypy_cache=tmp_path / "mypy")
    told = workspace.doit("validate").out
    assert "MD021  input_schemas/glue/line_watch.yaml:" in told
    assert "'pigeon' is not one of" in told


def literals(path: Path) -> list[str]:
    """Return the text constants of a Python file that are no docstrings."""
    tree = ast.parse(path.read_text())
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    ]


@pytest.mark.parametrize(
    "path",
    [path for path in OUR_CODE if path.suffix == ".py"],
    ids=lambda path: str(path.relative_to(ROOT / "generators")),
)
def test_no_code_writes_down_a_name_of_this_house(path: Path) -> None:
    if str(path.relative_to(ROOT)) in TOOLS:
        return
    allowed = {"PacketEnvelope"}  # the runtime's class, which any house may call as it likes
    named = [text for text in literals(path) if OURS.search(text) and text not in allowed]
    assert named == []


@pytest.mark.parametrize(
    "path",
    [path for path in OUR_CODE if path.suffix == ".j2"],
    ids=lambda path: str(path.relative_to(ROOT / "generators")),
)
def test_no_template_writes_down_a_namespace_or_an_anchor(path: Path) -> None:
    product = "L9 Codegen"
    text = path.read_text().replace(product, "")
    assert re.findall(r"\b(?:L9|Igor)\b", text) == []
