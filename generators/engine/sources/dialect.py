"""Bring the dialects of agent schemas into one shape, every node keeping its place.

Flat is the canonical dialect. Nested schemas keep the identity under `system`, short ones write
endpoints as texts, snake case ones hold sections in other places. What is moved or made from
something else is noted as derived.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from generators.engine.names import snake_case
from generators.engine.sources.canonical import normal_key
from generators.engine.sources.derived import Derived
from generators.engine.sources.nodes import Entry, Map, Node, Scalar, Seq

_LAYERS = frozenset(
    {"workingmemory", "episodicmemory", "semanticmemory", "causalmemory", "longtermpersistence"}
)
_MEMORY = frozenset({"memorytopology", "memoryconfig"})
_CALL = re.compile(r"(?:(?P<method>[A-Za-z]+)\s+)?(?P<path>/\S*)")
_VERSION = re.compile(r"v\d+(\.\d+)*")
_PATHS = frozenset({"generatefiles", "generatedocs", "linkexisting", "logging", "createifmissing"})
_NAMES = frozenset({"name", "path", "file", "filename"})
_REASONS = frozenset({"purpose", "description", "summary", "comment", "role"})
_SNAKE = frozenset({"root_path", "connect_to", "memory_topology", "cursor_instructions"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Shaped:
    """A schema in the canonical shape, the dialect it was in, and what was derived."""

    node: Map
    dialect: str
    derived: tuple[Derived, ...]


def shape_agent(node: Map) -> Shaped:
    """Return the schema `node` in the canonical shape."""
    work = _Work()
    dialect = dialect_of(node)
    node = _hoist_identity(node, work)
    node = _hoist_rootpath(node, work)
    node = _move_autonomy(node, work)
    node = _within(node, _MEMORY, lambda section: _layers(section, work))
    node = _within(node, frozenset({"deployment"}), lambda section: _deployment(section, work))
    node = _within(
        node,
        frozenset({"cursorinstructions"}),
        lambda section: _listed(_documents(section, work), work),
    )
    node = _dependencies(node, work)
    node = _role_from_purpose(node, work)
    return Shaped(node=node, dialect=dialect, derived=tuple(work.derived))


def dialect_of(node: Map) -> str:
    """Return `nested`, `snake`, `short` or `flat`."""
    keys = {entry.key for entry in node.entries}
    if isinstance(_get(node, "system"), Map):
        return "nested"
    if keys & _SNAKE:
        return "snake"
    deployment = _get(node, "deployment")
    endpoints = _get(deployment, "endpoints") if isinstance(deployment, Map) else None
    texts = isinstance(endpoints, Seq) and any(isinstance(e, Scalar) for e in endpoints)
    return "short" if texts or _get(node, "apis") is not None else "flat"


@dataclass(slots=True)
class _Work:
    derived: list[Derived] = field(default_factory=list)

    def note(self, pointer: str, node: Node, value: str, how: str) -> None:
        self.derived.append(Derived(pointer=pointer, place=node.place, value=value, how=how))


def _get(node: Map, key: str) -> Node | None:
    return next((entry.value for entry in node.entries if normal_key(entry.key) == key), None)


def _without(node: Map, key: str) -> Map:
    kept = tuple(entry for entry in node.entries if normal_key(entry.key) != key)
    return Map(entries=kept, place=node.place)


def _with(node: Map, *entries: Entry) -> Map:
    return Map(entries=(*node.entries, *entries), place=node.place)


def _within(node: Map, keys: frozenset[str], change: Callable[[Map], Map]) -> Map:
    """Apply `change` to the sections of `node` called one of `keys`."""
    entries = tuple(
        (
            replace(entry, value=change(entry.value))
            if normal_key(entry.key) in keys and isinstance(entry.value, Map)
            else entry
        )
        for entry in node.entries
    )
    return Map(entries=entries, place=node.place)


def _hoist_identity(node: Map, work: _Work) -> Map:
    identity = _get(node, "system")
    if not isinstance(identity, Map):
        return node
    work.note("/system", identity, "the identity", "moved up from the section `system`")
    rest = _without(node, "system")
    taken = {normal_key(entry.key) for entry in rest.entries}
    moved = (entry for entry in identity.entries if normal_key(entry.key) not in taken)
    hoisted = Map(entries=(*moved, *rest.entries), place=node.place)
    if _get(hoisted, "system") is None:
        name = next((e for e in hoisted.entries if normal_key(e.key) == "name"), None)
        hoisted = _with(hoisted, replace(name, key="system")) if name else hoisted
    return hoisted


def _hoist_rootpath(node: Map, work: _Work) -> Map:
    integration = _get(node, "integration")
    if not isinstance(integration, Map):
        return node
    entry = next((e for e in integration.entries if normal_key(e.key) == "rootpath"), None)
    if entry is None:
        return node
    rest = _within(node, frozenset({"integration"}), lambda part: _without(part, "rootpath"))
    if _get(rest, "rootpath") is not None:
        return node
    work.note("/rootpath", entry.value, _text(entry.value), "taken from integration.root_path")
    return _with(rest, replace(entry, key="rootpath"))


def _move_autonomy(node: Map, work: _Work) -> Map:
    entry = next((e for e in node.entries if normal_key(e.key) == "autonomyprofile"), None)
    learning = _get(node, "learningsystem")
    if entry is None or (learning is not None and not isinstance(learning, Map)):
        return node
    if isinstance(learning, Map) and _get(learning, "autonomyprofile") is not None:
        return node
    pointer = "/learningsystem/autonomyprofile"
    work.note(pointer, entry.value, "autonomyprofile", "moved from the top level")
    rest = _without(node, "autonomyprofile")
    if learning is None:
        section = Map(entries=(entry,), place=entry.key_place)
        return _with(rest, Entry(key="learningsystem", key_place=entry.key_place, value=section))
    return _within(rest, frozenset({"learningsystem"}), lambda part: _with(part, entry))


def _layers(section: Map, work: _Work) -> Map:
    """Write each memory layer that is a bare text as a mapping with its storage type."""
    entries = []
    for entry in section.entries:
        key, value = normal_key(entry.key), entry.value
        if key in _LAYERS and isinstance(value, Scalar) and value.text:
            work.note(
                f"/memorytopology/{key}/storagetype", value, value.text, "the layer is a bare text"
            )
            inner = Entry(key="storagetype", key_place=value.place, value=value)
            entries.append(replace(entry, value=Map(entries=(inner,), place=value.place)))
        else:
            entries.append(entry)
    return Map(entries=tuple(entries), place=section.place)


def _deployment(section: Map, work: _Work) -> Map:
    """Take what stands under `api_exposure` for parts of the deployment."""
    exposure = _get(section, "apiexposure")
    if isinstance(exposure, Map):
        exposure = _renamed(exposure, "mode", "apimode")
        taken = {normal_key(entry.key) for entry in section.entries}
        fresh = [entry for entry in exposure.entries if normal_key(entry.key) not in taken]
        if len(fresh) == len(exposure.entries):
            section = _with(_without(section, "apiexposure"), *fresh)
        for entry in fresh:
            pointer = f"/deployment/{normal_key(entry.key)}"
            work.note(pointer, entry.value, entry.key, "taken from api_exposure")
    return _endpoints(section, work)


def _renamed(section: Map, old: str, new: str) -> Map:
    entries = tuple(replace(e, key=new) if normal_key(e.key) == old else e for e in section.entries)
    return Map(entries=entries, place=section.place)


def _endpoints(section: Map, work: _Work) -> Map:
    entries = []
    for entry in section.entries:
        value = entry.value
        if normal_key(entry.key) == "endpoints":
            value = _named_endpoints(value, work) if isinstance(value, Map) else value
            value = Seq(items=(value,), place=value.place) if isinstance(value, Scalar) else value
            if isinstance(value, Seq):
                items = tuple(_endpoint(item, n, work) for n, item in enumerate(value.items))
                value = Seq(items=items, place=value.place)
        entries.append(replace(entry, value=value))
    return Map(entries=tuple(entries), place=section.place)


def _named_endpoints(value: Map, work: _Work) -> Map | Seq:
    """Write endpoints that are given by name as a list."""
    items = []
    for entry in value.entries:
        inner = entry.value
        if isinstance(inner, Scalar):
            match = _CALL.fullmatch(inner.text.strip())
            if match is None:
                return value
            parts = {"path": match["path"], "method": (match["method"] or "").upper()}
            inner = _texts({key: text for key, text in parts.items() if text}, inner)
        if not isinstance(inner, Map) or _get(inner, "name") is not None:
            return value
        name = Scalar(text=entry.key, plain=False, place=entry.key_place)
        items.append(_with(inner, Entry(key="name", key_place=entry.key_place, value=name)))
    shown = ", ".join(entry.key for entry in value.entries)
    work.note("/deployment/endpoints", value, shown, "given by name")
    return Seq(items=tuple(items), place=value.place)


def _texts(given: dict[str, str], node: Node) -> Map:
    """Return a mapping of texts that were read from one node."""
    entries = (
        Entry(key=k, key_place=node.place, value=Scalar(text=t, plain=False, place=node.place))
        for k, t in given.items()
    )
    return Map(entries=tuple(entries), place=node.place)


def _endpoint(item: Node, number: int, work: _Work) -> Node:
    """Write `GET /health` or `/health` as a mapping."""
    match = _CALL.fullmatch(item.text.strip()) if isinstance(item, Scalar) else None
    if match is None:
        return item
    path = match["path"].rstrip("/") or "/"
    parts = {"name": _call_name(path), "path": path, "method": (match["method"] or "").upper()}
    pointer = f"/deployment/endpoints/{number}"
    given = {key: text for key, text in parts.items() if text}
    shown = ", ".join(f"{key} {text}" for key, text in given.items())
    work.note(pointer, item, shown, f"read from {match[0]!r}")
    return _texts(given, item)


def _call_name(path: str) -> str:
    """Return the name of an operation by its path, without versions and parameters."""
    words = [word for word in path.strip("/").split("/") if not _VERSION.fullmatch(word)]
    words = [word for word in words if word[:1] not in ("{", ":", "<")]
    return snake_case("_".join(words)) or "root"


def _documents(section: Map, work: _Work) -> Map:
    """Take `generate_docs: true` for the documents that every agent gets."""
    value = _get(section, "generatedocs")
    if not isinstance(value, Scalar) or value.text.lower() not in ("true", "yes", "on", "false"):
        return section
    how = "the usual documents" if value.text.lower() != "false" else "none"
    work.note("/cursorinstructions/generatedocs", value, how, f"read from {value.text!r}")
    return _without(section, "generatedocs")


def _listed(section: Map, work: _Work) -> Map:
    """Take listed mappings for paths with a purpose: `{name: x.py, purpose: ...}`, `x.py: ...`."""
    entries = []
    for entry in section.entries:
        key, value = normal_key(entry.key), entry.value
        if key in _PATHS and isinstance(value, Seq):
            items = []
            for number, item in enumerate(value.items):
                path = _described(item) if isinstance(item, Map) else None
                if path is not None:
                    pointer = f"/cursorinstructions/{key}/{number}"
                    work.note(pointer, item, path.text, "a path with its purpose, written as a map")
                items.append(path or item)
            value = Seq(items=tuple(items), place=value.place)
        entries.append(replace(entry, value=value))
    return Map(entries=tuple(entries), place=section.place)


def _described(item: Map) -> Scalar | None:
    """Return the path that a mapping names, its purpose as comment; None if it is no such thing."""
    parts = {normal_key(e.key): e.value for e in item.entries if isinstance(e.value, Scalar)}
    if len(parts) != len(item.entries):
        return None
    if len(parts) == 1 and "." in item.entries[0].key:
        (entry,), (value,) = item.entries, parts.values()
        comment = " ".join(value.text.split()) or value.comment
        return Scalar(text=entry.key, plain=False, place=entry.key_place, comment=comment)
    names, purposes = parts.keys() & _NAMES, parts.keys() & _REASONS
    if len(names) != 1 or len(purposes) > 1 or len(names) + len(purposes) != len(parts):
        return None
    path = parts[next(iter(names))]
    purpose = parts[next(iter(purposes))].text if purposes else None
    comment = " ".join(purpose.split()) if purpose else path.comment
    return replace(path, comment=comment)


def _dependencies(node: Map, work: _Work) -> Map:
    """Take a plain list of dependencies for hard ones."""
    entry = next((e for e in node.entries if normal_key(e.key) == "dependson"), None)
    if entry is None or isinstance(entry.value, Map):
        return node
    work.note("/depends_on/hard", entry.value, "hard", "depends_on is a plain list")
    hard = Entry(key="hard", key_place=entry.key_place, value=entry.value)
    section = Map(entries=(hard,), place=entry.value.place)
    return _with(_without(node, "dependson"), replace(entry, value=section))


def _role_from_purpose(node: Map, work: _Work) -> Map:
    """Take the role from what else says what the agent is for, if it is not given."""
    if _get(node, "role") is not None:
        return node
    for key in ("purpose", "summary", "description"):
        entry = next((e for e in node.entries if normal_key(e.key) == key), None)
        if entry is not None and isinstance(entry.value, Scalar) and entry.value.text:
            work.note("/role", entry.value, f"the {key}", "no role is given")
            return _with(node, replace(entry, key="role"))
    return node


def _text(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""
