"""Compile a collection up to its plan: read inputs from disk, then call the pure stages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from generators.engine.build.extraction import extracted_code
from generators.engine.build.load_library import load_library, load_shared_templates
from generators.engine.build.readings import kept_readings
from generators.engine.findings import Finding, Place
from generators.engine.meta.overlay import ADDED, overlay_anchors, overlay_glue
from generators.engine.meta.resolve import (
    GLUE,
    TEMPLATES,
    ResolvedTemplate,
    resolve_meta,
)
from generators.engine.model.agent import Collection
from generators.engine.model.load import LoadedModel, load_model
from generators.engine.patterns.context import Interface
from generators.engine.plan.interface import planned_interfaces
from generators.engine.plan.linked_code import LinkedFile, check_linked, linked_closure
from generators.engine.plan.placement import check_placement
from generators.engine.plan.plan_collection import plan_collection
from generators.engine.plan.refusals import pattern_asker
from generators.engine.plan.roster import make_roster, wirings
from generators.engine.plan.sequence import plan_sequence
from generators.engine.plan.unit_plan import CollectionPlan
from generators.engine.plan.unit_texts import Workshop
from generators.engine.plan.wirings import GlueSource, check_wirings
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import files_below, is_file, read_bytes
from generators.engine.sources.canonical import JsonSchema, Plain, canonicalise, escape
from generators.engine.sources.nodes import Map
from generators.engine.sources.yaml_reader import read_yaml


@dataclass(frozen=True, kw_only=True, slots=True)
class Meta:
    """The resolved meta templates by file stem, the glue, and what is wrong with them.

    `wired` tells where the wirings of the glue stand.
    """

    templates: Mapping[str, Mapping[str, Plain]]
    glue: Mapping[str, Plain]
    findings: tuple[Finding, ...]
    wired: GlueSource = field(default_factory=lambda: GlueSource(places={}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Compiled:
    """A collection from its sources to its plan; `plan` is None if it is fatally wrong.

    `linked` holds the text of the linked code that it needs, by repository path; `sources` names
    its schema files.
    """

    name: str
    model: LoadedModel
    plan: CollectionPlan | None
    meta: Meta
    namespace: str
    deferred: Mapping[str, str]
    findings: tuple[Finding, ...]
    texts: Mapping[str, str]
    linked: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answers:
    """What the answers file says: values and places by agent and pointer, and who is deferred."""

    values: Mapping[str, Mapping[str, Plain]] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, Place]] = field(default_factory=dict)
    deferred: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def meta_files(settings: BuildSettings) -> dict[str, str]:
    """Return the path of each meta template and of the glue by file stem."""
    paths = {stem: f"{settings.meta}/{stem}.yaml" for stem in TEMPLATES}
    return {**paths, GLUE: f"{settings.meta}/glue/{GLUE}.yaml"}


def load_meta(settings: BuildSettings) -> Meta:
    """Read the meta templates and the glue."""
    resolved = {
        stem: resolve_meta(path, read_bytes(path), load_schema(settings, stem))
        for stem, path in meta_files(settings).items()
    }
    findings = tuple(finding for each in resolved.values() for finding in each.findings)
    glue = resolved.pop(GLUE)
    return Meta(
        templates={stem: each.data for stem, each in resolved.items()},
        glue=glue.data,
        findings=findings,
        wired=GlueSource(places=glue.places, shared=len(wirings(glue.data))),
    )


def load_schema(settings: BuildSettings, stem: str) -> JsonSchema:
    """Read one JSON Schema of `meta/schemas`."""
    schema: JsonSchema = json.loads(read_bytes(_schema_path(settings, stem)))
    return schema


def _schema_path(settings: BuildSettings, stem: str) -> str:
    return f"{settings.meta}/schemas/{stem}.schema.json"


def compile_collection(
    name: str, files: tuple[str, ...], settings: BuildSettings, meta: Meta
) -> Compiled:
    """Read, model and plan one collection.

    Args:
        name: its name.
        files: its source files.
        settings: where everything is.
        meta: the resolved meta templates.
    """
    contents = {path: read_bytes(path) for path in files}
    answers = _load_answers(name, settings, contents)
    meta = collection_meta(name, settings, meta, contents)
    sources = {path: contents[path] for path in files}
    model = load_model(
        name,
        sources,
        agent_schema=load_schema(settings, "agent"),
        collection_schema=load_schema(settings, "collection"),
        answers=answers.values,
        answer_places=answers.places,
        readings=kept_readings(settings, sources, read_bytes(_schema_path(settings, "agent"))),
    )
    namespace = root_namespace(settings, meta.glue)
    written, untrusted = extracted_code(settings, model.collection)
    code = {**linked_code(settings, meta.glue), **written}
    linked = linked_closure(model.collection, code, facade_patterns(meta.glue))
    places = {name: agent.places for name, agent in model.agents.items()}
    complaints, blocked = check_linked(
        model.collection, code, linked, load_library(), places=places, blocked=model.blocked
    )
    misplaced, blocked = check_placement(
        model.collection, namespace, places=places, blocked=blocked
    )
    plan = None
    crossed: tuple[Finding, ...] = ()
    if not model.fatal:
        crossed, blocked = check_wirings(
            meta.glue,
            meta.wired,
            collection_interfaces(model.collection, meta),
            open_ended=answers.deferred,
            blocked=blocked,
        )
        contents.update({f.place.file: read_bytes(f.place.file) for f in crossed})
        plan = make_plan(
            model.collection,
            meta,
            namespace,
            blocked=blocked,
            deferred=answers.deferred,
            linked={path: code[path].file for path in linked},
            extracted={path: code[path].entry for path in linked if code[path].entry},
        )
    return Compiled(
        name=name,
        model=replace(model, blocked=blocked),
        plan=plan,
        meta=meta,
        namespace=namespace,
        deferred=answers.deferred,
        findings=(
            *model.findings,
            *answers.findings,
            *untrusted,
            *complaints,
            *misplaced,
            *crossed,
        ),
        texts={path: content.decode(errors="replace") for path, content in contents.items()},
        linked={path: code[path].text for path in linked},
        sources=tuple(files),
    )


def collection_meta(
    name: str, settings: BuildSettings, meta: Meta, contents: dict[str, bytes] | None = None
) -> Meta:
    """Return the meta templates with the glue of one collection.

    Args:
        name: its name.
        settings: where everything is.
        meta: the shared templates and glue.
        contents: where to add the collection's own glue file, by its path.
    """
    path = glue_file(settings, name)
    own = ResolvedTemplate(data={})
    if is_file(path):
        content = read_bytes(path)
        if contents is not None:
            contents[path] = content
        schema = {**load_schema(settings, GLUE), "required": []}
        own = resolve_meta(path, content, schema)
    glue = overlay_glue(meta.glue, own.data, settings.namespace)
    return Meta(
        templates=overlay_anchors(meta.templates, glue),
        glue=glue,
        findings=(*meta.findings, *own.findings),
        wired=_wired(meta, own),
    )


def _wired(meta: Meta, own: ResolvedTemplate) -> GlueSource:
    """Return where the wirings stand once those of a collection's own glue are laid over."""
    source = meta.wired
    if "wirings" in own.data:
        source = GlueSource(places=own.places)
    first = len(wirings(own.data if "wirings" in own.data else meta.glue))
    places = dict(source.places)
    for pointer, place in own.places.items():
        field, _, rest = pointer.removeprefix("/").partition("/")
        index, _, inner = rest.partition("/")
        if field == ADDED and index:
            moved = f"/wirings/{first + int(index)}"
            places[f"{moved}/{inner}" if inner else moved] = place
    return replace(source, places=places)


def glue_file(settings: BuildSettings, collection: str) -> str:
    """Return where the glue of a collection is, or would be."""
    return f"{settings.inputs}/glue/{collection}.yaml"


def linked_files(settings: BuildSettings, glue: Mapping[str, Plain]) -> dict[str, str]:
    """Return the files of linked code by their path in the repository."""
    root = f"{settings.inputs}/{glue.get('linked_root', 'linked')}"
    return {path.removeprefix(f"{root}/"): path for path in files_below(root, suffixes=(".py",))}


def linked_code(settings: BuildSettings, glue: Mapping[str, Plain]) -> dict[str, LinkedFile]:
    """Read the linked code that stands beside the schemas, by its path in the repository."""
    return {
        path: LinkedFile(file=file, text=read_bytes(file).decode(errors="replace"))
        for path, file in linked_files(settings, glue).items()
    }


def make_plan(
    collection: Collection,
    meta: Meta,
    namespace: str,
    *,
    blocked: Mapping[str, tuple[str, ...]],
    deferred: Mapping[str, str],
    linked: Mapping[str, str] | None = None,
    extracted: Mapping[str, str] | None = None,
) -> CollectionPlan:
    """Plan a collection by the names of its files, then ask the patterns themselves.

    Args:
        collection: its model.
        meta: the resolved meta templates.
        namespace: the root namespace.
        blocked: why agents are stopped, by id.
        deferred: the user's reasons to leave agents for later, by id.
        linked: file of each linked module by its path in the repository.
        extracted: lock entry of each linked module that an extractor wrote, by the same path.
    """
    place = workshop(collection.name, namespace, meta, {})
    interfaces = collection_interfaces(collection, meta)
    return plan_collection(
        collection,
        place.library,
        namespace=namespace,
        facades=place.facades,
        max_parallel=max_parallel(meta.templates),
        blocked=blocked,
        deferred=deferred,
        default_docs=default_docs(meta.templates),
        linked=linked or {},
        extracted=extracted or {},
        roster=make_roster(collection.agents, meta.glue),
        ask=pattern_asker(interfaces, place),
        glue=meta.glue,
    )


def collection_interfaces(collection: Collection, meta: Meta) -> dict[str, Interface]:
    """Return what every agent of a collection offers, planned or built, by id."""
    edges = {str(agent.agent_id): agent.depends_on.hard for agent in collection.agents}
    order = plan_sequence(edges, max_parallel=1).order
    roster = make_roster(collection.agents, meta.glue)
    return planned_interfaces(collection, load_library(), roster, order)


def workshop(
    collection: str, namespace: str, meta: Meta, dependencies: Mapping[str, Interface]
) -> Workshop:
    """Return what rendering the units of a collection needs."""
    return Workshop(
        collection=collection,
        namespace=namespace,
        library=load_library(),
        shared=load_shared_templates(),
        facades=facade_patterns(meta.glue),
        meta=meta.templates,
        glue=meta.glue,
        dependencies=dependencies,
    )


def root_namespace(settings: BuildSettings, glue: Mapping[str, Plain]) -> str:
    """Return the root namespace: the environment's word, else the glue's."""
    return settings.namespace or str(glue["root_namespace"])


def facade_patterns(glue: Mapping[str, Plain]) -> dict[str, str]:
    """Return the pattern id of each facade path that the glue declares."""
    facades = glue.get("facades")
    if not isinstance(facades, dict):
        return {}
    return {
        path: str(entry.get("pattern")) if isinstance(entry, dict) else str(entry)
        for path, entry in facades.items()
    }


def max_parallel(templates: Mapping[str, Mapping[str, Plain]]) -> int:
    """Return how many agents may be built at a time."""
    orchestration = templates.get("meta.extraction.sequence", {}).get("orchestration")
    value = orchestration.get("max_parallel_agents") if isinstance(orchestration, dict) else None
    return value if isinstance(value, int) else 1


def default_docs(templates: Mapping[str, Mapping[str, Plain]]) -> tuple[tuple[str, bool], ...]:
    """Return the documents of agents that list none; True for those with endpoints only."""
    gates = templates.get("meta.codegen.schema", {}).get("gates")
    family = gates.get("documentation") if isinstance(gates, dict) else None
    found: list[tuple[str, bool]] = []
    for gate in family if isinstance(family, list) else ():
        names = gate.get("default_docs") if isinstance(gate, dict) else None
        if isinstance(gate, dict) and isinstance(names, list):
            found += [(str(name), gate.get("id") == "api_spec") for name in names]
    return tuple(found)


def _load_answers(name: str, settings: BuildSettings, contents: dict[str, bytes]) -> _Answers:
    path = str(PurePosixPath(settings.inputs) / "answers" / f"{name}.yaml")
    if not is_file(path):
        return _Answers()
    contents[path] = read_bytes(path)
    documents, findings = read_yaml(contents[path].decode(), file=path)
    if not documents or not isinstance(documents[0], Map):
        return _Answers(findings=findings)
    canonical = canonicalise(documents[0], load_schema(settings, "answers"))
    data = canonical.data if isinstance(canonical.data, dict) else {}
    values = {agent: dict(given) for agent, given in _sections(data.get("answers")).items()}
    places: dict[str, dict[str, Place]] = {}
    for agent, files in _sections(data.get("modules")).items():
        head = f"/modules/{escape(agent)}"
        for file, entry in files.items():
            values.setdefault(agent, {})[f"/modules/{escape(file)}"] = entry
        places[agent] = {
            f"/modules{pointer.removeprefix(head)}": place
            for pointer, place in canonical.places.items()
            if pointer.startswith(f"{head}/")
        }
    return _Answers(
        values=values,
        places=places,
        deferred=_texts_by_name(data.get("defer")),
        findings=(*findings, *canonical.findings),
    )


def _texts_by_name(value: Plain) -> dict[str, str]:
    return {key: str(text) for key, text in value.items()} if isinstance(value, dict) else {}


def _sections(value: Plain) -> dict[str, Mapping[str, Plain]]:
    if not isinstance(value, dict):
        return {}
    return {key: entry for key, entry in value.items() if isinstance(entry, dict)}
