"""The endpoints of a controller: who answers each, and which log channel is told."""

from collections.abc import Iterable, Mapping

from generators.engine.patterns.context import OperationUse, PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.controller.wiring import (
    Wired,
    keeper,
    lacking,
    recorded_methods,
    recorded_name,
)
from generators.patterns.logs import Channel, find_channel


def operation_data(
    use: OperationUse,
    context: PatternContext,
    made: Mapping[str, Wired],
    channels: list[Channel],
    kept: Iterable[str],
) -> dict[str, Plain]:
    """Return what the template prints of an endpoint.

    Args:
        use: the endpoint with who answers it.
        context: the surroundings of the controller.
        made: the modules that it makes, by role.
        channels: the log channels.
        kept: endpoints whose decisions are also made unasked.

    Raises:
        RefusalError: the module that answers cannot be made, or has a name of the controller's.
    """
    role = use.sibling.role
    own = role == "controller"
    if not own and role not in made:
        missing = ", ".join(lacking(context, use.sibling)) or "modules that it needs"
        raise RefusalError(
            f"{use.endpoint.pointer}: {use.sibling.stem}.py answers {use.endpoint.name}, and lacks "
            f"{missing}",
            "add the modules that it works with to cursorinstructions.generatefiles",
        )
    name = str(use.endpoint.name)
    if any(each.wiring.attribute == name for each in made.values()):
        raise RefusalError(
            f"{use.endpoint.pointer}: the endpoint {name} has the name of a module",
            "give the endpoint a name that says what it does, for example with a verb",
        )
    return {
        "name": name,
        "attribute": "" if own else made[role].wiring.attribute,
        "method": use.method,
        "request": use.request.name,
        "request_module": use.request.module,
        "response": use.response.name,
        "response_module": use.response.module,
        "decides": use.decides,
        "timed": use.timed and not own,
        "silent": not own and not use.decides,
        "standing": use.standing,
        "keeper": keeper(name) if name in kept else "",
        "channel": find_channel(channels, use.channel)[0],
        "where": f"{use.endpoint.method} {use.endpoint.path}",
        "timeout_ms": use.endpoint.timeout_ms,
    }


def keepers(
    context: PatternContext, made: Mapping[str, Wired], channels: list[Channel]
) -> list[dict[str, Plain]]:
    """Return the decisions that are made without a request: how each is recorded."""
    found: list[dict[str, Plain]] = []
    for each, method in recorded_methods(made.values()):
        operation = next(o for o in each.sibling.pattern.operations if o.method == method)
        module, _, response = operation.response.partition(":")
        name = recorded_name(each, method, context)
        found.append(
            {
                "name": name,
                "keeper": keeper(name),
                "role": each.role,
                "response": response,
                "response_module": module,
                "channel": find_channel(channels, operation.channel)[0],
            }
        )
    return found
