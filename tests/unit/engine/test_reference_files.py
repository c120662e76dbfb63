"""The two reference files beside the repository, if they are there: read together and whole."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from generators.engine.model.load import LoadedModel, load_model
from generators.engine.model.repairs import propose_repairs
from generators.engine.model.ruling import compile_ruling
from generators.engine.sources.canonical import Plain
from tests.unit.engine.collection_builder import AGENT_SCHEMA, COLLECTION_SCHEMA, ROOT

Answers = Mapping[str, Mapping[str, Plain]]

ANSWERS = ROOT / "tests/fixtures/reference_answers.yaml"
FOLDER = ROOT.parent / "shared" / "reference"
ECOSYSTEM, MAIN = "tensoraios_ecosystem.md", "L9MainAgent_Schema_v6.yaml"
ORDER = ["tensoraios", "main_agent", "plastos_adapter", "tensor_trainer", "tensor_auditor"]


def _contents() -> dict[str, bytes]:
    return {name: (Path(FOLDER) / name).read_bytes() for name in (ECOSYSTEM, MAIN)}


def _load(files: dict[str, bytes], answers: Answers | None = None) -> LoadedModel:
    return load_model(
        "reference",
        files,
        agent_schema=AGENT_SCHEMA,
        collection_schema=COLLECTION_SCHEMA,
        answers=answers or {},
    )


@pytest.fixture(scope="module")
def repaired() -> LoadedModel:
    return _load(_repaired_files())


def _repaired_files() -> dict[str, bytes]:
    files = _contents()
    for repair in propose_repairs(files, AGENT_SCHEMA):
        files[repair.file] = repair.repaired.encode()
    return files


def _open_conditions(model: LoadedModel) -> dict[str, list[str]]:
    found = {str(a.agent_id): compile_ruling(a).uncompiled for a in model.collection.agents}
    return {name: [c.text for c in open_] for name, open_ in found.items() if open_}


if FOLDER.is_dir():

    def test_the_unquoted_colon_stops_one_agent_and_what_is_built_on_it() -> None:
        model = _load(_contents())
        errors = [f for f in model.findings if f.severity == "error"]
        assert [(f.code, str(f.place)) for f in errors] == [("SR012", f"{ECOSYSTEM}:416:30")]
        assert errors[0].agent == "plastos_adapter"
        assert not model.fatal
        assert set(model.blocked) == {"plastos_adapter", "tensor_trainer", "tensor_auditor"}

    def test_the_only_repair_quotes_the_value(repaired: LoadedModel) -> None:
        (repair,) = propose_repairs(_contents(), AGENT_SCHEMA)
        assert [(e.file, e.line) for e in repair.edits] == [(ECOSYSTEM, 416)]
        changed = [line for line in repair.diff.splitlines()[2:] if line[0] in "+-"]
        assert len(changed) == 2
        assert changed[1][1:].replace('"', "") == changed[0][1:]
        assert not [f for f in repaired.findings if f.severity == "error"]

    def test_contradictions_are_reported_at_their_lines(repaired: LoadedModel) -> None:
        found = [(f.code, f.place.line) for f in repaired.findings if f.code.startswith("MD02")]
        assert found == [
            ("MD026", 1127),
            ("MD028", 1208),
            ("MD022", 1243),
            ("MD024", 1370),
            ("MD024", 1370),
        ]
        counts = next(f.message for f in repaired.findings if f.code == "MD022")
        assert "expects 23 modules of main_agent, its schema lists 36 (35 and __init__)" in counts

    def test_three_thresholds_are_open_and_the_answers_close_them(repaired: LoadedModel) -> None:
        assert {name: len(texts) for name, texts in _open_conditions(repaired).items()} == {
            "plastos_adapter": 2,
            "tensor_trainer": 1,
            "tensor_auditor": 2,
        }
        answers = yaml.safe_load(ANSWERS.read_text())["answers"]
        assert len(ANSWERS.read_text().splitlines()) <= 30
        assert _open_conditions(_load(_repaired_files(), answers)) == {}

    def test_five_agents_are_read_in_the_order_of_the_collection(repaired: LoadedModel) -> None:
        assert [agent.agent_id for agent in repaired.collection.agents] == ORDER
        assert repaired.blocked == {}
        hard = {str(a.agent_id): a.depends_on.hard for a in repaired.collection.agents}
        assert hard["tensoraios"] == ()
        assert hard["main_agent"] == ("tensoraios",)
        assert hard["tensor_trainer"] == ("tensoraios", "plastos_adapter")
        assert set(hard["tensor_auditor"]) == set(ORDER) - {"tensor_auditor"}

    def test_the_main_agent_is_merged_from_its_documents(repaired: LoadedModel) -> None:
        agent = repaired.collection.agent("main_agent")
        assert len(agent.instructions.generate_files) == 36
        assert len(agent.endpoints) == 5
        assert agent.layer("workingmemory").ttl_seconds == 300.0  # type: ignore[union-attr]
        assert agent.learning.temporal_scope_days == 180.0

    def test_the_comments_of_the_main_agents_files_are_their_purposes(
        repaired: LoadedModel,
    ) -> None:
        files = repaired.collection.agent("main_agent").instructions.generate_files
        assert all(file.purpose for file in files)
        assert files[0].stem == "agent_controller"
        assert files[0].purpose.startswith("Main entry point")
