"""The two reference files beside the repository, if they are there: read together and whole."""

from pathlib import Path

import pytest

from generators.engine.model.load import LoadedModel, load_model
from generators.engine.sources.collection import read_collection
from generators.engine.sources.edits import apply_edits
from tests.unit.engine.collection_builder import AGENT_SCHEMA, COLLECTION_SCHEMA, ROOT

FOLDER = ROOT.parent / "shared" / "reference"
ECOSYSTEM, MAIN = "tensoraios_ecosystem.md", "L9MainAgent_Schema_v6.yaml"
ORDER = ["tensoraios", "main_agent", "plastos_adapter", "tensor_trainer", "tensor_auditor"]


def _contents() -> dict[str, bytes]:
    return {name: (Path(FOLDER) / name).read_bytes() for name in (ECOSYSTEM, MAIN)}


def _load(files: dict[str, bytes]) -> LoadedModel:
    return load_model(
        "reference",
        files,
        agent_schema=AGENT_SCHEMA,
        collection_schema=COLLECTION_SCHEMA,
        answers={},
    )


@pytest.fixture(scope="module")
def repaired() -> LoadedModel:
    files = _contents()
    edits = [e for e in read_collection(files).edits if e.file == ECOSYSTEM]
    files[ECOSYSTEM] = apply_edits(files[ECOSYSTEM].decode(), edits).encode()
    return _load(files)


if FOLDER.is_dir():

    def test_the_unquoted_colon_stops_one_agent_and_what_is_built_on_it() -> None:
        model = _load(_contents())
        errors = [f for f in model.findings if f.severity == "error"]
        assert [(f.code, str(f.place)) for f in errors] == [("SR012", f"{ECOSYSTEM}:416:30")]
        assert errors[0].agent == "plastos_adapter"
        assert not model.fatal
        assert set(model.blocked) == {"plastos_adapter", "tensor_trainer", "tensor_auditor"}

    def test_the_only_repair_quotes_the_value(repaired: LoadedModel) -> None:
        edits = [e for e in read_collection(_contents()).edits if e.file == ECOSYSTEM]
        assert [(e.line, (e.after or "").count('"')) for e in edits] == [(416, 2)]
        assert not [f for f in repaired.findings if f.severity == "error"]

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
