"""Wirings of the glue: whether both ends are agents, and the callee offers what is named."""

from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from generators.engine.findings import Finding, Place, Severity
from generators.engine.patterns.context import Interface
from generators.engine.sources.canonical import Plain

_ENDS: Final = ("from_agent", "to_agent")
_KINDS: Final = {
    "api_call": ("method_names", "endpoint", "deployment.endpoints"),
    "packet_send": ("packet_types", "packet", "packetrouting.inbound"),
    "event_observe": ("event_subscriptions", "event", "deployment.endpoints, as one that decides"),
}
"""By connection type: the field that names what is used, a word for it, and who declares it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GlueSource:
    """Where the wirings stand.

    Attributes:
        places: the place of each pointer into the wirings.
        shared: how many of the wirings, the first ones, stand in the glue that wires other
            collections too; the others belong to this collection alone.
    """

    places: Mapping[str, Place]
    shared: int = 0


def check_wirings(
    glue: Mapping[str, Plain],
    source: GlueSource,
    interfaces: Mapping[str, Interface],
    *,
    open_ended: Names[str],
    blocked: Mapping[str, tuple[str, ...]],
) -> tuple[tuple[Finding, ...], dict[str, tuple[str, ...]]]:
    """Hold every wiring against what its two agents are and offer.

    A wiring of the shared glue with neither end in the collection belongs to another collection;
    one with a single end here is a warning, since the other agent may be built elsewhere.

    Args:
        glue: the glue of the collection.
        source: the file of its wirings.
        interfaces: what every agent of the collection offers, by id.
        open_ended: agents whose packets and events are not all known yet: the deferred ones.
        blocked: why agents are stopped already, by id.

    Returns:
        What is wrong, and why agents are stopped with that counted in: the callers.
    """
    found = [
        finding
        for index, wiring in enumerate(_wirings(glue))
        for finding in _check(
            f"/wirings/{index}",
            wiring,
            source,
            interfaces,
            own=index >= source.shared,
            open_ended=open_ended,
        )
    ]
    stopped = dict(blocked)
    for finding in found:
        if finding.severity is Severity.ERROR and finding.agent is not None:
            reason = f"{finding.code} {finding.place}: {finding.message}"
            stopped[finding.agent] = (*stopped.get(finding.agent, ()), reason)
    return tuple(found), stopped


def _wirings(glue: Mapping[str, Plain]) -> Iterator[Mapping[str, Plain]]:
    entries = glue.get("wirings")
    for entry in entries if isinstance(entries, list) else []:
        yield entry if isinstance(entry, dict) else {}


def _check(
    pointer: str,
    wiring: Mapping[str, Plain],
    source: GlueSource,
    interfaces: Mapping[str, Interface],
    *,
    own: bool,
    open_ended: Names[str],
) -> Iterator[Finding]:
    ends = {end: str(wiring.get(end, "")) for end in _ENDS}
    strangers = [end for end in _ENDS if ends[end] not in interfaces]
    if len(strangers) == len(_ENDS) and not own:
        return
    for end in strangers:
        yield _stranger(f"{pointer}/{end}", ends, ends[end], source, interfaces, own=own)
    kind = str(wiring.get("connection_type", ""))
    if strangers or kind not in _KINDS:
        return
    field, word, declared = _KINDS[kind]
    callee = interfaces[ends["to_agent"]]
    offered = _offered(callee, kind, open_ended)
    names = wiring.get(field)
    for index, name in enumerate(names if isinstance(names, list) else []):
        if offered is not None and name not in offered:
            yield Finding(
                code="PL006",
                place=_place(source, f"{pointer}/{field}/{index}"),
                agent=ends["from_agent"],
                pointer=f"{pointer}/{field}/{index}",
                message=(
                    f"{ends['from_agent']} is wired to the {word} {name!r} of {callee.agent_id}, "
                    f"which offers {', '.join(offered) or 'none'}"
                ),
                repair=(
                    f"{_instead(str(name), offered)}drop it from {field}, or declare it in "
                    f"{declared} of {callee.agent_id}"
                ),
            )


def _stranger(
    pointer: str,
    ends: Mapping[str, str],
    name: str,
    source: GlueSource,
    interfaces: Mapping[str, Interface],
    *,
    own: bool,
) -> Finding:
    return Finding(
        code="PL005",
        place=_place(source, pointer),
        severity=Severity.ERROR if own else Severity.WARNING,
        agent=next((each for each in ends.values() if each in interfaces), None),
        pointer=pointer,
        message=(
            f"the wiring from {ends['from_agent']} to {ends['to_agent']} names {name!r}, "
            f"which is no agent of this collection"
        ),
        repair=f"{_instead(name, [*interfaces])}drop the wiring, or add a schema of {name}",
    )


def _offered(callee: Interface, kind: str, open_ended: Names[str]) -> tuple[str, ...] | None:
    """Return what the callee offers of a kind; None if that cannot be told yet."""
    if kind == "api_call":
        return tuple(str(endpoint.name) for endpoint in callee.endpoints)
    if callee.agent_id in open_ended:
        return None
    if kind == "packet_send":
        return tuple(offer.packet_type for offer in callee.packets)
    return callee.events


def _instead(name: str, known: Names[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"write {near[0]}, " if near else ""


def _place(source: GlueSource, pointer: str) -> Place:
    """Return the place of a pointer, or of what holds it."""
    while pointer and pointer not in source.places:
        pointer = pointer.rpartition("/")[0]
    return source.places.get(pointer, Place(file=""))
