"""YAML that is no agent schema: what it is, and why it is not compiled."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from generators.engine.sources.canonical import normal_key
from generators.engine.sources.nodes import Map, Node, Scalar, Seq

MAP, GLUE = "extractor map", "glue"
_PLACEHOLDERS = ("[", "<", "{")


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of foreign YAML: its name, the key that gives it away, why it is not compiled."""

    name: str
    sign: str
    why: str


def foreign_kind(node: Map) -> Kind | None:
    """Return what foreign kind of document `node` is, None if nothing gives it away."""
    return next((kind for kind, matches in _KINDS if matches(node)), None)


def is_template(node: Map) -> bool:
    """Tell whether the identity of an agent schema is a placeholder (`[Name]`, `<name>`, `...`)."""
    values = (find(node, key) for key in ("system", "name", "module", "rootpath"))
    return any(value is not None and _is_placeholder(value) for value in values)


def find(node: Map, *path: str) -> Node | None:
    """Return the value below `node` at `path`, keys compared as schema keys are; None if none."""
    current: Node | None = node
    for key in path:
        if not isinstance(current, Map):
            return None
        entries = current.entries
        current = next((e.value for e in entries if normal_key(e.key) == key), None)
    return current


def _is_placeholder(value: Node) -> bool:
    if isinstance(value, Seq):
        return len(value.items) == 1
    if isinstance(value, Map):
        return bool(value.entries) and all(_is_null_entry(entry.value) for entry in value.entries)
    text = value.text.strip()
    wrapped = text[:1] in _PLACEHOLDERS and text[-1:] in ("]", ">", "}")
    return text in ("...", "\u2026", "TBD") or wrapped


def _is_null_entry(value: Node) -> bool:
    return isinstance(value, Scalar) and value.plain and not value.text


def _has(*path: str) -> Callable[[Map], bool]:
    keys = [normal_key(key) for key in path]
    return lambda node: find(node, *keys) is not None


def _has_all(signs: tuple[str, ...]) -> Callable[[Map], bool]:
    tests = [_has(*sign.split(".")) for sign in signs]
    return lambda node: all(test(node) for test in tests)


_OTHER_TOOLS = (
    ("OpenAPI description", ("openapi", "info"), "it describes an HTTP API, no agent"),
    ("OpenAPI description", ("swagger", "info"), "it describes an HTTP API, no agent"),
    ("AsyncAPI description", ("asyncapi", "info"), "it describes messages, no agent"),
    ("JSON Schema", ("$schema", "type"), "it describes data, no agent"),
    ("Kubernetes manifest", ("apiVersion", "kind"), "it deploys what was built elsewhere"),
    ("CI workflow", ("on", "jobs"), "it tells a build server what to run"),
    ("Helm chart", ("apiVersion", "appVersion"), "it deploys what was built elsewhere"),
    ("AutoGen component", ("provider", "config"), "it configures agents of another framework"),
    ("LangGraph configuration", ("graphs", "dependencies"), "it configures another framework"),
)


def _is_compose(node: Map) -> bool:
    """Tell whether services are given by image or build, as Docker Compose has them."""
    return _each(find(node, "services"), {"image", "build"})


def _is_crew(node: Map) -> bool:
    """Tell whether every entry is an agent or a task as CrewAI has them."""
    return _each(node, {"backstory", "expectedoutput"})


def _each(node: Node | None, keys: set[str]) -> bool:
    values = [entry.value for entry in node.entries] if isinstance(node, Map) else []
    return bool(values) and all(
        isinstance(value, Map) and keys & {normal_key(entry.key) for entry in value.entries}
        for value in values
    )


def _kinds() -> Iterator[tuple[Kind, Callable[[Map], bool]]]:
    table = (
        (MAP, ("extraction_sequence",), "it says in which order schemas are extracted"),
        (GLUE, ("wirings",), "it wires agents that are described elsewhere"),
        (GLUE, ("schema_to_code",), "it maps modules to templates and describes no agent"),
        ("module specification", ("metadata", "module_id"), "it specifies one module, no agent"),
        ("module specification", ("module", "id"), "it specifies one module, no agent"),
        ("agent manifest", ("agent", "agent_id"), "it records an agent that was made elsewhere"),
        ("canonical specification", ("canonical_spec",), "it is a specification of another tool"),
        ("module header", ("header", "module_name"), "it describes one module, no agent"),
        ("memory configuration", ("memory_fabric",), "it configures memory and describes no agent"),
    )
    for name, path, why in table:
        yield Kind(name=name, sign=".".join(path), why=why), _has(*path)
    for name, signs, why in _OTHER_TOOLS:
        yield Kind(name=name, sign=" and ".join(signs), why=why), _has_all(signs)


_KINDS = (
    *_kinds(),
    (Kind(name="Compose file", sign="services", why="it starts containers"), _is_compose),
    (
        Kind(name="CrewAI file", sign="backstory", why="its agents are another framework's"),
        _is_crew,
    ),
)
