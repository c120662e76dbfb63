"""Which modules of an agent a controller makes, in which order, and from what."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from generators.engine.patterns.context import PatternContext, Sibling
from generators.engine.patterns.fault import PatternError
from generators.engine.patterns.refusal import RefusalError
from generators.engine.patterns.wiring import NONE, OPERATIONS, WORLD, Argument, Wiring
from generators.engine.sources.canonical import Plain
from generators.patterns.packet_wirings import receivers

FIRST = "governance_bridge"
"""Role of the module that is made before all others."""
_WORLD_BRIDGE = "world_model_bridge"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wired:
    """A module that the controller makes."""

    sibling: Sibling
    wiring: Wiring

    @property
    def role(self) -> str:
        """Return the role that the module has in the agent."""
        return self.sibling.role


def wire_modules(context: PatternContext) -> dict[str, Wired]:
    """Return the modules that can be made by role, each after those it is made from.

    Raises:
        RefusalError: two modules claim one attribute of the controller.
        PatternError: the wirings of patterns need each other in a circle.
    """
    waiting = _usable(context)
    taken: dict[str, str] = {}
    for each in waiting.values():
        stem = taken.setdefault(each.wiring.attribute, each.sibling.stem)
        if stem != each.sibling.stem:
            raise RefusalError(
                f"{stem}.py and {each.sibling.stem}.py do the same work in one agent",
                "drop one of them from cursorinstructions.generatefiles",
            )
    made: dict[str, Wired] = {}
    while waiting:
        role = next((role for role, each in waiting.items() if _ready(each, waiting)), None)
        if role is None:
            raise PatternError(f"the wirings of {', '.join(waiting)} need each other")
        made[role] = waiting.pop(role)
    return made


def lacking(context: PatternContext, sibling: Sibling) -> list[str]:
    """Return the roles that a module must be made from and the agent does not have."""
    wiring = sibling.pattern.wiring
    return (
        [] if wiring is None else [role for role in _needs(wiring) if role not in context.siblings]
    )


def wire_data(each: Wired, made: Mapping[str, Wired], context: PatternContext) -> dict[str, Plain]:
    """Return how the module is made, as the template prints it."""
    name, factory = each.sibling.made.name, each.wiring.factory
    return {
        "attribute": each.wiring.attribute,
        "make": f"{name}.{factory}" if factory else name,
        "arguments": [*_arguments(each.wiring.arguments, each, made, context)],
    }


def hooks(made: Mapping[str, Wired], context: PatternContext) -> list[Plain]:
    """Return what is called when the agent starts, in order."""
    return [
        {
            "attribute": each.wiring.attribute,
            "method": hook.method,
            "tag": f"{each.wiring.attribute}.{hook.method}",
            "arguments": [*_arguments(hook.arguments, each, made, context, holder="self.")],
        }
        for each in made.values()
        for hook in each.wiring.start
    ]


def closes(made: Iterable[Wired]) -> list[Plain]:
    """Return what is called when the agent closes: the last made first."""
    return [
        {
            "attribute": each.wiring.attribute,
            "method": each.wiring.close,
            "tag": f"{each.wiring.attribute}.{each.wiring.close}",
        }
        for each in reversed([*made])
        if each.wiring.close
    ]


def model_version(made: Iterable[Wired]) -> str:
    """Return what tells the version of the model in service, empty if nothing does."""
    return next(
        (
            f"self.{each.wiring.attribute}.{each.wiring.model_version}"
            for each in made
            if each.wiring.model_version
        ),
        "",
    )


def recorded_methods(made: Iterable[Wired]) -> list[tuple[Wired, str]]:
    """Return the methods whose responses come without a request, with the module they are of."""
    return [
        (each, argument.record)
        for each in made
        for hook in each.wiring.start
        for argument in hook.arguments
        if argument.record
    ]


def keeper(endpoint: str) -> str:
    """Return the name of the controller's method that keeps a decision made unasked."""
    return f"_keep_{endpoint}"


def recorded_name(each: Wired, method: str, context: PatternContext) -> str:
    """Return what a decision made unasked is recorded as: the endpoint that asks for the same."""
    return next(
        (
            str(use.endpoint.name)
            for use in context.operations
            if use.sibling.role == each.role and use.method == method
        ),
        each.wiring.attribute,
    )


def values_used(made: Iterable[Wired]) -> set[str]:
    """Return the named values that the wirings pass."""
    return {
        argument.value
        for each in made
        for argument in (
            *each.wiring.arguments,
            *(a for h in each.wiring.start for a in h.arguments),
        )
        if argument.value
    }


def _usable(context: PatternContext) -> dict[str, Wired]:
    """Return the modules with a wiring that have all they need, governance first."""
    usable = {
        role: Wired(sibling=sibling, wiring=_with_clients(sibling.pattern.wiring, context))
        for role, sibling in sorted(context.siblings.items(), key=lambda each: each[0] != FIRST)
        if sibling.pattern.wiring is not None
    }
    while True:
        whole = {
            role: each
            for role, each in usable.items()
            if all(need in usable for need in _needs(each.wiring))
        }
        if len(whole) == len(usable):
            return whole
        usable = whole


def _with_clients(wiring: Wiring, context: PatternContext) -> Wiring:
    """Return the wiring with the client's role in the place of each packet, or without it."""
    arguments: list[Argument] = []
    for argument in wiring.arguments:
        if not argument.packet:
            arguments.append(argument)
            continue
        roles = [f"{agent}_client" for agent in receivers(context, argument.packet)]
        known = next((role for role in roles if role in context.siblings), "")
        if known:
            arguments.append(replace(argument, role=known, packet="", optional=True))
    return replace(wiring, arguments=tuple(arguments))


def _needs(wiring: Wiring) -> tuple[str, ...]:
    world = any(argument.value == WORLD for argument in wiring.arguments)
    return (*wiring.needs, *((_WORLD_BRIDGE,) if world else ()))


def _ready(each: Wired, waiting: Mapping[str, Wired]) -> bool:
    return not any(role in waiting for role in each.wiring.roles)


def _arguments(
    arguments: Iterable[Argument],
    each: Wired,
    made: Mapping[str, Wired],
    context: PatternContext,
    holder: str = "",
) -> Iterator[Plain]:
    for argument in arguments:
        if argument.optional and argument.role not in made:
            continue
        if argument.layer and context.agent.layer(argument.layer) is None:
            continue
        yield {
            "keyword": argument.keyword,
            "value": _value(argument, each, made, context, holder),
            "none": argument.value == NONE,
            "called": argument.value == OPERATIONS,
        }


def _value(
    argument: Argument,
    each: Wired,
    made: Mapping[str, Wired],
    context: PatternContext,
    holder: str,
) -> str:
    if argument.role:
        return f"self.{made[argument.role].wiring.attribute}"
    if argument.record:
        return f"self.{keeper(recorded_name(each, argument.record, context))}"
    if argument.value == OPERATIONS:
        return "self.operations"
    return f"{holder}{argument.value}" if argument.value.startswith("parts") else argument.value
