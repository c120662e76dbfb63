"""One pattern: what it answers to, what it needs, and the templates it renders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generators.engine.names import normal_stem
from generators.engine.patterns.fault import PatternError
from generators.engine.patterns.wiring import Wiring, parse_wiring
from generators.engine.sources.canonical import Plain

if TYPE_CHECKING:
    from generators.engine.patterns.context import PatternContext, SystemContext

ComputeParams = Callable[["PatternContext"], Mapping[str, Plain]]
"""Turns the model around a file into a pattern's parameters; pure."""

ComputeSystemParams = Callable[["SystemContext"], Mapping[str, Plain]]
"""The same for a file of the whole collection."""

BOUND = "bound_module"
"""Id of the pattern that makes modules over linked code."""

KINDS = ("module", "doc", "facade", "system")


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """An endpoint that a pattern can answer.

    `endpoints` are normal stems of endpoint names, `segments` of last path segments; `method` is
    the method of the pattern's class; `request` and `response` are `module:Class` of the shapes,
    with their JSON Schema where the shapes themselves are generated.
    A `decides` response is recorded, and told to the first log channel whose name holds a word of
    `channel`; `timed` answers are measured, and governance judges how long they took. One that
    `announces` records and publishes decisions itself, under the endpoint's name. One of `standing`
    is also given how the agent stands, a `StatusResponse`, and answers one with more in it.
    """

    endpoints: tuple[str, ...]
    segments: tuple[str, ...]
    method: str
    request: str
    response: str
    priority: int
    decides: bool
    timed: bool
    channel: tuple[str, ...]
    request_schema: Mapping[str, Plain] | None = None
    response_schema: Mapping[str, Plain] | None = None
    announces: bool = False
    standing: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PacketOperation:
    """Packet types that a pattern's module processes, with the shapes of payload and answer.

    `types` are names of packet types, `*` for those that the schema routes to the agent and no
    other pattern names. `begins` are steps, `*` for any words in them: packet types whose declared
    action begins with one of them are processed too.
    """

    types: tuple[str, ...]
    request: str
    response: str
    begins: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """A pattern folder, read and checked.

    `stands_in` are stems that it answers in an agent where no file answers to its own stems.
    `given` are dotted fields of the schema that it is made from: where one is missing, a pattern
    that answers the stem `otherwise` comes first. `otherwise` are stems that it answers where no
    other pattern can.

    `targeted` patterns make clients: what a stem of theirs matches before its suffix must name
    another agent, which fills `{target}` and `{Target}` in role, class and attribute. `packets` and
    `events` are the packet types that the module processes and the events that it publishes
    besides the decisions of endpoints. `wiring` tells a controller how to make the module; without
    it the module is not instantiated.

    `path` is set for the kind `system` only: where its one file goes, `{namespace}` and
    `{collection}` filled in.
    """

    pattern_id: str
    version: str
    kind: str
    title: str
    stems: tuple[str, ...]
    stands_in: tuple[str, ...]
    given: tuple[str, ...]
    otherwise: tuple[str, ...]
    path: str
    each: str
    role: str
    class_name: str
    needs: tuple[str, ...]
    uses: tuple[str, ...]
    imports: tuple[str, ...]
    test_imports: tuple[str, ...]
    traits: tuple[str, ...]
    operations: tuple[Operation, ...]
    wiring: Wiring | None
    targeted: bool
    packets: tuple[PacketOperation, ...]
    events: tuple[str, ...]
    templates: Mapping[str, str]
    params_schema: Mapping[str, object]
    compute: ComputeParams | ComputeSystemParams

    @property
    def reference(self) -> str:
        """Return `id@version`."""
        return f"{self.pattern_id}@{self.version}"

    def answers(self, stem: str) -> int:
        """Return how well this pattern answers a file stem: 2 by name, 1 by suffix, 0 not."""
        return _fit(self.stems, stem)

    def helps_out(self, stem: str) -> int:
        """Return the same of the stems that this pattern answers where no other can."""
        return _fit(self.otherwise, stem)

    def is_given(self, schema: Mapping[str, Plain]) -> bool:
        """Tell whether a schema has every field that this pattern is made from."""
        return all(_holds(schema, field.split(".")) for field in self.given)


def parse_pattern(
    data: Mapping[str, object],
    *,
    templates: Mapping[str, str],
    params_schema: Mapping[str, object],
    compute: ComputeParams | ComputeSystemParams,
) -> Pattern:
    """Build a pattern from its `pattern.yaml` and the other files of its folder.

    Raises:
        PatternError: a field is missing or of the wrong kind.
    """
    kind = str(data.get("kind", "module"))
    if kind not in KINDS:
        raise PatternError(f"{data.get('id')}: kind {kind!r} is none of {', '.join(KINDS)}")
    for name in ("id", "version", "title", "path" if kind == "system" else "stems"):
        if not data.get(name):
            raise PatternError(f"{data.get('id')}: pattern.yaml lacks {name}")
    return Pattern(
        pattern_id=str(data["id"]),
        version=str(data["version"]),
        kind=kind,
        title=str(data["title"]),
        stems=_texts(data, "stems"),
        stands_in=_texts(data, "stands_in"),
        given=_texts(data, "given"),
        otherwise=_texts(data, "otherwise"),
        path=str(data.get("path", "")),
        each=str(data.get("each", "")),
        role=str(data.get("role", data["id"])),
        class_name=str(data.get("class", "")),
        needs=_texts(data, "needs"),
        uses=_texts(data, "uses"),
        imports=_texts(data, "imports"),
        test_imports=_texts(data, "test_imports"),
        traits=_texts(data, "traits"),
        operations=tuple(_operation(item) for item in _list(data, "operations")),
        wiring=parse_wiring(data.get("wiring"), str(data["id"])),
        targeted=data.get("targets") is True,
        packets=tuple(_packet(item) for item in _list(data, "packets")),
        events=_texts(data, "events"),
        templates=dict(templates),
        params_schema=params_schema,
        compute=compute,
    )


def _fit(stems: tuple[str, ...], stem: str) -> int:
    wanted = normal_stem(stem)
    best = 0
    for known in stems:
        if known.startswith("*"):
            best = max(best, int(wanted.endswith(normal_stem(known[1:]))))
        elif normal_stem(known) == wanted:
            best = 2
    return best


def _holds(data: object, names: list[str]) -> bool:
    for name in names:
        data = data.get(name) if isinstance(data, Mapping) else None
    return bool(data)


def _operation(data: object) -> Operation:
    if not isinstance(data, Mapping):
        raise PatternError(f"an operation must be a mapping, not {data!r}")
    return Operation(
        endpoints=_texts(data, "endpoints"),
        segments=_texts(data, "segments"),
        method=str(data["method"]),
        request=str(data["request"]),
        response=str(data["response"]),
        priority=int(str(data.get("priority", 0))),
        decides=bool(data.get("decides", False)),
        announces=bool(data.get("announces", False)),
        standing=bool(data.get("standing", False)),
        timed=bool(data.get("timed", True)),
        channel=_texts(data, "channel"),
    )


def _packet(data: object) -> PacketOperation:
    if not isinstance(data, Mapping):
        raise PatternError(f"a packet must be a mapping, not {data!r}")
    return PacketOperation(
        types=_texts(data, "types"),
        request=str(data["request"]),
        response=str(data["response"]),
        begins=_texts(data, "begins"),
    )


def _list(data: Mapping[str, object], key: str) -> list[object]:
    value = data.get(key, [])
    if not isinstance(value, list):
        raise PatternError(f"{data.get('id')}: {key} must be a list")
    return value


def _texts(data: Mapping[str, object], key: str) -> tuple[str, ...]:
    return tuple(str(item) for item in _list(data, key))
