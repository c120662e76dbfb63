"""Files are read once and by themselves where they can be; the model is the same either way."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from generators.engine.build import readings as module
from generators.engine.build.readings import engine_digest, kept_readings
from generators.engine.model.file_reading import FileReading, read_alone
from generators.engine.model.kept_reading import StaleReadingError, pack_reading, unpack_reading
from generators.engine.model.load import LoadedModel, known_sections, load_model
from generators.engine.shell.environment import BuildSettings, read_settings
from tests.unit.engine.collection_builder import AGENT_SCHEMA, COLLECTION_SCHEMA, ROOT, schema

KNOWN = known_sections(AGENT_SCHEMA)
SCHEMA = (ROOT / "meta/schemas/agent.schema.json").read_bytes()


def text(agent_id: str, **changes: object) -> bytes:
    return yaml.safe_dump(schema(agent_id, **changes), sort_keys=False).encode()


FILES = {
    "a_guide.md": b"# Guide\n\n## Fourth\n\n[Use the d_fourth.yaml you created earlier]\n",
    "b_first.yaml": text("first", governence={"anchors": ["Igor"]}),
    "c_second.yaml": text("second", depends_on={"hard": ["first"], "soft": []}),
    "d_fourth.yaml": text("fourth"),
    "e_broken.yaml": text("broken") + b"role: twice\npurpose: one: two\n",
    "f_unusable.yaml": text("unusable", rootpath="../escape"),
    "g_map.yaml": b"extraction_sequence:\n  order:\n    1: {agent: First}\n    2: {agent: Ghost}\n",
    "h_two.yaml": text("third") + b"---\n" + text("fifth", depends_on={"hard": ["unusable"]}),
    "i_slip.yaml": text("sixth", depends_on={"hard": ["secnd"], "soft": []}),
    "j_odd.md": b"Prose.\n\n```yaml\n" + text("seventh") + b"```\n\n```yaml\nother: thing\n```\n",
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BuildSettings:
    monkeypatch.chdir(ROOT)
    return read_settings({"CODEGEN_CACHE": str(tmp_path)})


def model_of(readings: dict[str, FileReading]) -> LoadedModel:
    return load_model(
        "fleet",
        FILES,
        agent_schema=AGENT_SCHEMA,
        collection_schema=COLLECTION_SCHEMA,
        answers={"second": {"/role": "Answered."}},
        readings=readings,
    )


def said(model: LoadedModel) -> list[object]:
    """Return all that a model says, places as plain mappings."""
    agents = [replace(item, places=dict(item.places)) for item in model.agents.values()]
    return [model.collection, agents, model.findings, model.blocked, model.fatal]


def entries(settings: BuildSettings) -> list[Path]:
    return sorted(Path(settings.cache, "cache/readings").iterdir())


def test_the_model_is_the_same_cold_from_the_cache_and_in_one_go(settings: BuildSettings) -> None:
    plain = model_of({})
    assert {"MD003", "MD012", "MD023", "SR007", "SR020"} <= {f.code for f in plain.findings}
    cold = kept_readings(settings, FILES, SCHEMA)
    warm = kept_readings(settings, FILES, SCHEMA)
    assert set(cold) == set(FILES) - {"a_guide.md", "g_map.yaml"} == set(warm)
    assert said(model_of(cold)) == said(plain) == said(model_of(warm))
    assert plain.collection.agent("second").role == "Answered."


def test_order_follows_references_to_files_that_were_read_apart(settings: BuildSettings) -> None:
    found = model_of(kept_readings(settings, FILES, SCHEMA))
    assert list(found.agents)[:3] == ["fourth", "first", "second"]


def test_what_is_kept_is_not_read_again(
    settings: BuildSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_readings(settings, FILES, SCHEMA)
    asked: list[str] = []

    def note(function: object, tasks: list[tuple[str, ...]], chunk: int) -> list[None]:
        asked.extend(name for name, *_ in tasks)
        return [None for _ in tasks]

    monkeypatch.setattr(module, "map_in_processes", note)
    kept_readings(settings, FILES, SCHEMA)
    assert asked == []
    edited = {**FILES, "c_second.yaml": FILES["c_second.yaml"] + b"# a comment\n"}
    kept_readings(settings, edited, SCHEMA)
    kept_readings(settings, FILES, SCHEMA + b"\n")
    assert asked == ["c_second.yaml", *sorted(FILES)]


def test_another_engine_reads_anew(
    settings: BuildSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_readings(settings, FILES, SCHEMA)
    before = len(entries(settings))
    monkeypatch.setattr(module, "engine_digest", lambda: "another")
    kept_readings(settings, FILES, SCHEMA)
    assert len(entries(settings)) == 2 * before
    assert len(engine_digest()) == 64


@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "swap", "text"])
def test_a_damaged_entry_is_a_miss_and_is_mended(settings: BuildSettings, harm: str) -> None:
    expected = said(model_of(kept_readings(settings, FILES, SCHEMA)))
    whole = {path: path.read_bytes() for path in entries(settings)}
    other = next(iter(whole.values()))
    for path, content in whole.items():
        bad = {
            "cut": content[:-1],
            "flip": content[:-1] + bytes([content[-1] ^ 1]),
            "empty": b"",
            "swap": other,
            "text": b"import os",
        }[harm]
        path.write_bytes(bad)
    assert said(model_of(kept_readings(settings, FILES, SCHEMA))) == expected
    assert {path: path.read_bytes() for path in entries(settings)} == whole


@pytest.mark.parametrize(
    "payload",
    [b"[]", b"{}", b'{"agents":[{}],"findings":[]}', b"\xff", b'{"agents":7,"findings":[]}'],
)
def test_a_sealed_entry_of_another_shape_is_a_miss(payload: bytes) -> None:
    seal = hashlib.sha256(b"key\0" + payload).digest()
    with pytest.raises(StaleReadingError):
        unpack_reading(seal + payload, "key", "x.yaml")


def test_a_sealed_entry_cannot_bring_a_path_that_a_schema_could_not(
    settings: BuildSettings,
) -> None:
    reading = read_alone("b_first.yaml", FILES["b_first.yaml"], KNOWN, AGENT_SCHEMA)
    assert reading is not None
    (agent,) = reading.agents
    forged = replace(agent, data={**agent.data, "rootpath": "../../etc"})
    packed = pack_reading(replace(reading, agents=(forged,)), "key")
    again = unpack_reading(packed, "key", "b_first.yaml")
    assert again is not None
    found = model_of({"b_first.yaml": again})
    assert "first" not in found.agents
    assert next(f.place.file for f in found.findings if f.code == "MD003") == "b_first.yaml"


def test_an_entry_without_the_place_of_the_agent_is_a_miss() -> None:
    reading = read_alone("b_first.yaml", FILES["b_first.yaml"], KNOWN, AGENT_SCHEMA)
    assert reading is not None
    lost = replace(reading, agents=(replace(reading.agents[0], places={}),))
    with pytest.raises(StaleReadingError):
        unpack_reading(pack_reading(lost, "key"), "key", "b_first.yaml")


def test_few_files_are_read_without_a_cache(settings: BuildSettings) -> None:
    assert kept_readings(settings, {"b_first.yaml": FILES["b_first.yaml"]}, SCHEMA) == {}
    assert not Path(settings.cache, "cache/readings").exists()


def test_a_reading_that_cannot_be_packed_is_left_to_the_others(
    settings: BuildSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(reading: FileReading | None, key: str) -> bytes:
        raise OverflowError(key)

    monkeypatch.setattr(module, "pack_reading", refuse)
    assert kept_readings(settings, FILES, SCHEMA) == {}


def test_entries_that_nobody_used_for_long_are_forgotten(
    settings: BuildSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SPARE", 0)
    kept_readings(settings, FILES, SCHEMA)
    kept_readings(settings, FILES, SCHEMA + b"\n")
    assert len(entries(settings)) == len(FILES)
