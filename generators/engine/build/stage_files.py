"""Read and write the intermediate files of the stages as the values they stand for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import msgspec

from generators.engine.build.layout import CollectionFolder, UnitFolder
from generators.engine.meta.resolve import GLUE, TEMPLATES
from generators.engine.model.agent import Agent, Collection, Dependencies
from generators.engine.model.normal_form import parse_normal_form
from generators.engine.names import Identifier
from generators.engine.patterns.context import Interface
from generators.engine.plan.unit_plan import CollectionPlan, UnitPlan
from generators.engine.shell.files import read_bytes, read_optional, write_if_changed
from generators.engine.sources.canonical import Plain


class MissingStageError(Exception):
    """A file of an earlier stage is not there; the message names the task that makes it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectionTitle:
    """What a collection is called, whatever agents it has."""

    title: str
    version: str
    namespace: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectionFacts:
    """What the sources say about a collection as a whole."""

    title: str
    version: str
    namespace: str
    agents: tuple[str, ...]
    blocked: Mapping[str, tuple[str, ...]]
    deferred: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanFacts:
    """What the plan says about a collection as a whole."""

    collection: str
    title: str
    version: str
    units: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    digest: str


def json_bytes(data: object) -> bytes:
    """Return plain data or dataclasses as readable JSON with a final newline."""
    return (json.dumps(plain_data(data), indent=1, ensure_ascii=False) + "\n").encode()


def plain_data(data: object) -> object:
    """Return data in which names, paths and dataclasses are plain texts and mappings."""
    return msgspec.to_builtins(data, enc_hook=_plain_text)


def write_json(path: str, data: object) -> bool:
    """Write plain data or dataclasses as JSON; tell whether the file changed."""
    return write_if_changed(path, json_bytes(data))


def read_json(path: str) -> object:
    """Return the data of a JSON file.

    Raises:
        MissingStageError: it is not there.
    """
    return json.loads(_read(path))


def read_mapping(path: str) -> dict[str, object]:
    """Return the mapping of a JSON file.

    Raises:
        MissingStageError: it is not there, or holds something else.
    """
    data = read_json(path)
    if not isinstance(data, dict):
        raise MissingStageError(f"{path} holds no mapping; remove it and build again")
    return data


def read_optional_mapping(path: str) -> dict[str, object]:
    """Return the mapping of a JSON file; an empty one if there is no file."""
    content = read_optional(path)
    data = json.loads(content) if content is not None else {}
    return data if isinstance(data, dict) else {}


def read_plan(folder: UnitFolder) -> UnitPlan:
    """Return the plan of a unit, with the line counts of its formatted files if there are any."""
    plan = msgspec.json.decode(_read(folder.plan), type=UnitPlan)
    lines = read_optional_mapping(folder.formatted_index).get("lines")
    return replace(plan, line_counts=lines) if isinstance(lines, dict) else plan


def read_plan_facts(folder: CollectionFolder) -> PlanFacts:
    """Return what the plan says about the collection."""
    return msgspec.json.decode(_read(folder.staged("plan.json")), type=PlanFacts)


def read_collection_plan(folder: CollectionFolder) -> CollectionPlan:
    """Return the plan of the collection, with line counts of the units that are built."""
    facts = read_plan_facts(folder)
    plans = [read_plan(folder.unit(unit)) for unit in facts.units]
    counted = tuple(plan if plan.buildable else replace(plan, line_counts={}) for plan in plans)
    return CollectionPlan(
        collection=facts.collection,
        title=facts.title,
        version=facts.version,
        units=counted,
        groups=facts.groups,
        digest=facts.digest,
    )


def read_collection_facts(folder: CollectionFolder) -> CollectionFacts:
    """Return what the sources say about the collection."""
    return msgspec.json.decode(_read(folder.staged("collection.json")), type=CollectionFacts)


def read_collection_title(folder: CollectionFolder) -> CollectionTitle:
    """Return what the collection is called."""
    return msgspec.json.decode(_read(folder.staged("title.json")), type=CollectionTitle)


def read_agent(folder: UnitFolder) -> Agent:
    """Return the model of an agent, its dependencies resolved."""
    agent = parse_normal_form(_read(folder.schema))
    relations = msgspec.json.decode(_read(folder.relations), type=Dependencies)
    return replace(agent, depends_on=relations)


def read_meta(folder: CollectionFolder) -> dict[str, Mapping[str, Plain]]:
    """Return the resolved meta templates by file stem."""
    return {
        stem: cast("dict[str, Plain]", read_mapping(folder.staged(f"meta/{stem}.json")))
        for stem in TEMPLATES
    }


def read_glue(folder: CollectionFolder) -> dict[str, Plain]:
    """Return the resolved glue."""
    return cast("dict[str, Plain]", read_mapping(folder.staged(f"meta/{GLUE}.json")))


def read_share(folder: UnitFolder) -> dict[str, Plain]:
    """Return a unit's share of the glue."""
    return cast("dict[str, Plain]", read_mapping(folder.glue))


def read_interface(folder: UnitFolder) -> Interface:
    """Return what an agent offers to others."""
    return msgspec.json.decode(_read(folder.interface), type=Interface, dec_hook=_named)


def read_collection(folder: CollectionFolder, name: str, *, agents: bool) -> Collection:
    """Return the model of a collection.

    Args:
        folder: its output folder.
        name: its name.
        agents: whether to read its agents as well.
    """
    title = read_collection_title(folder)
    listed = read_collection_facts(folder).agents if agents else ()
    models = tuple(read_agent(folder.unit(agent)) for agent in listed)
    return Collection(
        name=Identifier(name), title=title.title, version=title.version, agents=models
    )


def _named(kind: type, value: object) -> object:
    return kind(value)


def _plain_text(value: object) -> object:
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no plain data")


def _read(path: str) -> bytes:
    try:
        return read_bytes(path)
    except FileNotFoundError as error:
        raise MissingStageError(f"{path} is missing; run `doit {path}`") from error
