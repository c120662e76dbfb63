"""Whatever a text of a schema says, the code made of it has the same syntax tree, or there is none.

Every text of the shipped sample, one at a time, is replaced by harmless words and by hostile ones.
Where the harmless words are accepted, the hostile ones are refused, or all modules have the same
tree but for the values of texts, and no document takes them for markup.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import lru_cache

import pytest

from generators.engine.build.compile import (
    Meta,
    collection_interfaces,
    load_meta,
    load_schema,
    make_plan,
    workshop,
)
from generators.engine.model.load import LoadedModel, known_sections, load_model
from generators.engine.names import camel_case, snake_case
from generators.engine.plan.unit_texts import render_unit
from generators.engine.shell.environment import read_settings
from generators.engine.sources.canonical import canonicalise
from generators.engine.sources.collection import read_collection
from tests.unit.engine.collection_builder import ROOT

HOSTILE = {
    "code": "z\"\"\" ''' \\N{DASH} \\x41'); import os; os.abort() # {{ 7*7 }} {% raw %} $HOME \\",
    "markup": "z $(id) `id` <script>alert(1)</script> [a](javascript:alert(1)) | b",
    "lines": "z\n# INJECTED\nimport os\n```\n- x",
}
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
Path = tuple[str | int, ...]

SETTINGS = read_settings({})


@pytest.fixture(scope="module", autouse=True)
def _here(monkeypatch_module: pytest.MonkeyPatch) -> None:
    monkeypatch_module.chdir(ROOT)


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def _sample() -> dict[str, object]:
    content = (ROOT / "input_schemas/sensor_watch_v1.0.md").read_bytes()
    schema = json.loads((ROOT / "meta/schemas/agent.schema.json").read_text())
    source = read_collection({"s.md": content}, known_sections(schema))
    (agent,) = source.agents
    data = canonicalise(agent.node, schema).data
    assert isinstance(data, dict)
    return dict(data)


def _leaves(value: object, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _leaves(below, (*path, key))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from _leaves(below, (*path, number))
    elif isinstance(value, str):
        yield path


def _with(value: object, path: Path, text: str) -> object:
    if not path:
        return text
    head, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {k: _with(v, rest, text) if k == head else v for k, v in value.items()}
    assert isinstance(value, list)
    return [_with(v, rest, text) if n == head else v for n, v in enumerate(value)]


def _model(data: object) -> LoadedModel:
    text = f"```yaml\n{json.dumps(data)}\n```\n"
    return load_model(
        "sample",
        {"s.md": text.encode()},
        agent_schema=load_schema(SETTINGS, "agent"),
        collection_schema=load_schema(SETTINGS, "collection"),
        answers={},
    )


@lru_cache(maxsize=1)
def _meta() -> Meta:
    return load_meta(SETTINGS)


def _made(data: object) -> dict[str, str] | None:
    """Return the texts of the agent by path; None if it would not be built."""
    model = _model(data)
    if model.fatal or model.blocked or not model.agents:
        return None
    meta = _meta()
    plan = make_plan(model.collection, meta, "L9", blocked={}, deferred={})
    unit = next(unit for unit in plan.units if unit.kind == "agent")
    if not unit.buildable:
        return None
    place = workshop("sample", "L9", meta, collection_interfaces(model.collection, meta))
    (agent,) = model.collection.agents
    return render_unit(unit, agent, place)


def _tree(text: str, said: str) -> str:
    """Return the syntax tree of a module as a text.

    Every text in it is the same, and so is every name that comes of the words that were put in.
    """
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    dump = ast.dump(tree)
    for name in (camel_case(said), snake_case(said), snake_case(said).upper()):
        dump = dump.replace(name, "x")
    return dump


SAMPLE = _sample()
LEAVES = tuple(_leaves(SAMPLE))


def test_there_are_leaves_of_all_sections() -> None:
    assert len(LEAVES) > 60
    assert {path[0] for path in LEAVES} >= {"role", "governance", "deployment", "memorytopology"}


def _harmless(hostile: str) -> str:
    """Return words as long as the hostile ones, since long texts are written in parts."""
    return ("plain words and " * len(hostile))[: len(hostile) - 1] + "x"


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("path", LEAVES, ids=lambda path: "/".join(map(str, path)))
def test_hostile_text_is_data_or_refused(path: Path, kind: str) -> None:
    hostile = HOSTILE[kind]
    made = _made(_with(SAMPLE, path, hostile))
    if made is None:
        return
    plain = _harmless(hostile)
    harmless = _made(_with(SAMPLE, path, plain))
    assert harmless is not None
    assert set(made) == set(harmless)
    for name, text in made.items():
        if name.endswith(".py"):
            assert _tree(text, hostile) == _tree(harmless[name], plain), name
        else:
            assert "<script" not in _CODE_SPAN.sub("", text), name
            assert "\n# INJECTED" not in text, name
