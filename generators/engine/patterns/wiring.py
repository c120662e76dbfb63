"""How a controller makes the module of a pattern, starts it, closes it and reads its metrics."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from generators.engine.patterns.fault import PatternError

NONE: Final = "none"
"""A value that is the constant None."""
WORLD: Final = "world"
"""A value that is the world model over the declaration of the world model bridge."""
OPERATIONS: Final = "operations"
"""A value that is the controller's operations by endpoint name."""

METRIC_KINDS: Final = ("gauge", "counter", "histogram")
RATIO: Final = "ratio"
"""Buckets of a histogram of shares."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ROLE = re.compile(r"[a-z{][a-z0-9_{}]*")
_PARTS = re.compile(r"parts(\.[a-z][a-z0-9_]*)*")
_ARGUMENT_KEYS = frozenset({"keyword", "value", "role", "record", "packet", "optional", "layer"})
_KINDS_OF_ARGUMENT = ("value", "role", "record", "packet")


@dataclass(frozen=True, kw_only=True, slots=True)
class Argument:
    """One argument of a constructor or hook; one of `value`, `role`, `record`, `packet` is set.

    Attributes:
        keyword: name of the parameter; positional if empty.
        value: `parts`, or something of it (`parts.clock`), or one of the named values above.
        role: the sibling that is passed.
        record: method of one of the pattern's own operations: a function is passed that records
            a response of it as a decision, for work that no request asked for.
        packet: type of packet: the client is passed of the agent that the glue has it sent to, and
            left out where it has it sent to nobody.
        optional: left out when the agent has no such sibling; else the module is then not wired.
        layer: memory layer without which the argument is left out, for example `workingmemory`.
    """

    keyword: str = ""
    value: str = ""
    role: str = ""
    record: str = ""
    packet: str = ""
    optional: bool = False
    layer: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hook:
    """A method that the controller calls when it starts."""

    method: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricFeed:
    """A declared metric that a module feeds, found by the words in its name.

    `method` takes nothing and returns the number of a gauge; for a counter or histogram it takes
    the function to call with each amount or observation. `help` says what the number is. A gauge
    with labels is told its numbers like a counter, each with its `labels`. `buckets` are those of
    a histogram: of shares if `ratio`, else of milliseconds. Labels and buckets also decide the kind
    of a metric whose name states no unit.
    """

    words: tuple[str, ...]
    method: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wiring:
    """How a module takes its place in an agent.

    Attributes:
        attribute: name that the controller keeps it under.
        factory: class method that makes it; the constructor if empty.
        arguments: what it is made from, in order.
        start: hooks, called in order when the agent starts.
        close: method that ends its background work; none if empty.
        model_version: method that returns the version of the model in service; none if empty.
        metrics: the declared metrics that it feeds.
    """

    attribute: str
    factory: str
    arguments: tuple[Argument, ...]
    start: tuple[Hook, ...]
    close: str
    model_version: str
    metrics: tuple[MetricFeed, ...]

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the roles without which the module is not wired."""
        return tuple(each.role for each in self._arguments() if each.role and not each.optional)

    @property
    def roles(self) -> tuple[str, ...]:
        """Return the roles that must be wired before it, if the agent has them."""
        return tuple(each.role for each in self._arguments() if each.role)

    def _arguments(self) -> tuple[Argument, ...]:
        return (*self.arguments, *(each for hook in self.start for each in hook.arguments))


def parse_wiring(data: object, pattern: str) -> Wiring | None:
    """Build the wiring from the `wiring` block of a `pattern.yaml`; None if there is none.

    Args:
        data: the block.
        pattern: id of the pattern, for messages.

    Raises:
        PatternError: a field is unknown, missing or of the wrong kind.
    """
    if data is None:
        return None
    known = {"attribute", "factory", "arguments", "start", "close", "model_version", "metrics"}
    block = _mapping(data, f"{pattern}: wiring", known)
    return Wiring(
        attribute=_named(block, "attribute", pattern, pattern=_ROLE),
        factory=_named(block, "factory", pattern, optional=True),
        arguments=_arguments(block.get("arguments", []), f"{pattern}: wiring.arguments"),
        start=tuple(_hook(each, pattern) for each in _list(block, "start", pattern)),
        close=_named(block, "close", pattern, optional=True),
        model_version=_named(block, "model_version", pattern, optional=True),
        metrics=tuple(_feed(each, pattern) for each in _list(block, "metrics", pattern)),
    )


def _arguments(data: object, where: str) -> tuple[Argument, ...]:
    if not isinstance(data, list):
        raise PatternError(f"{where} must be a list")
    arguments = tuple(_argument(each, where) for each in data)
    keywords = [bool(each.keyword) for each in arguments]
    if keywords != sorted(keywords):
        raise PatternError(f"{where}: a positional argument follows one by keyword")
    if any(each.optional and not each.keyword for each in arguments[:-1]):
        raise PatternError(f"{where}: only the last positional argument can be optional")
    return arguments


def _argument(data: object, where: str) -> Argument:
    block = _mapping(data, where, _ARGUMENT_KEYS)
    kinds = [kind for kind in _KINDS_OF_ARGUMENT if kind in block]
    if len(kinds) != 1:
        raise PatternError(
            f"{where}: an argument is one of value, role, record and packet, not {block}"
        )
    value = str(block.get("value", ""))
    if kinds == ["value"] and not (value in (NONE, WORLD, OPERATIONS) or _PARTS.fullmatch(value)):
        raise PatternError(f"{where}: {value!r} is no value that a controller can pass")
    optional = block.get("optional", False)
    if not isinstance(optional, bool) or (optional and kinds != ["role"]):
        raise PatternError(f"{where}: optional is true or false, and of a role")
    if "layer" in block and not optional:
        raise PatternError(f"{where}: an argument that depends on a layer is optional")
    if "packet" in block and "keyword" not in block:
        raise PatternError(f"{where}: the client for a packet is passed by keyword")
    return Argument(
        keyword=_named(block, "keyword", where, optional=True),
        value=value,
        role=_named(block, "role", where, optional=True, pattern=_ROLE),
        record=_named(block, "record", where, optional=True),
        packet=_named(block, "packet", where, optional=True),
        optional=optional,
        layer=_named(block, "layer", where, optional=True),
    )


def _hook(data: object, pattern: str) -> Hook:
    where = f"{pattern}: wiring.start"
    block = _mapping(data, where, {"method", "arguments"})
    arguments = _arguments(block.get("arguments", []), where)
    if any(each.value == WORLD for each in arguments):
        raise PatternError(f"{where}: the world model is there only while modules are made")
    if any(each.packet for each in arguments):
        raise PatternError(
            f"{where}: the client for a packet is passed only where modules are made"
        )
    return Hook(method=_named(block, "method", where), arguments=arguments)


def _feed(data: object, pattern: str) -> MetricFeed:
    where = f"{pattern}: wiring.metrics"
    block = _mapping(data, where, {"words", "method", "kind", "help", "labels", "buckets"})
    words = tuple(str(word) for word in _list(block, "words", where))
    kind = str(block.get("kind", "gauge"))
    if not words or kind not in METRIC_KINDS:
        raise PatternError(f"{where}: needs words, and a kind of {', '.join(METRIC_KINDS)}")
    labels = tuple(str(label) for label in _list(block, "labels", where))
    buckets = str(block.get("buckets", ""))
    if not all(_NAME.fullmatch(label) for label in labels) or buckets not in ("", RATIO):
        raise PatternError(f"{where}: labels are names, and buckets are {RATIO} or left out")
    return MetricFeed(
        words=words,
        method=_named(block, "method", where),
        kind=kind,
        help=str(block.get("help", "")),
        labels=labels,
        buckets=buckets,
    )


def _mapping(data: object, where: str, known: set[str] | frozenset[str]) -> Mapping[str, object]:
    if not isinstance(data, Mapping):
        raise PatternError(f"{where} must be a mapping, not {data!r}")
    unknown = sorted(str(key) for key in data if key not in known)
    if unknown:
        raise PatternError(f"{where}: {', '.join(unknown)} is none of {', '.join(sorted(known))}")
    return data


def _list(data: Mapping[str, object], key: str, where: str) -> list[object]:
    value = data.get(key, [])
    if not isinstance(value, list):
        raise PatternError(f"{where}: {key} must be a list")
    return value


def _named(
    data: Mapping[str, object],
    key: str,
    where: str,
    *,
    optional: bool = False,
    pattern: re.Pattern[str] = _NAME,
) -> str:
    """Return the name under `key`, empty if it is optional and not there."""
    if key not in data:
        if optional:
            return ""
        raise PatternError(f"{where}: lacks {key}")
    name = data[key]
    if not isinstance(name, str) or not pattern.fullmatch(name):
        raise PatternError(f"{where}: {key} {name!r} is no name")
    return name
