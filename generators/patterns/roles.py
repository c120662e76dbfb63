"""The role that a kind of token gives, by the master template."""

from collections.abc import Mapping

from generators.engine.model.agent import Endpoint
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError


def role_of(endpoint: Endpoint, context: PatternContext) -> str | None:
    """Return the role that callers of an endpoint must have, None if anybody may call.

    Raises:
        RefusalError: the kind of token is given no role.
    """
    if endpoint.auth is None:
        return None
    communication = context.meta.get("meta.codegen.schema", {}).get("communication")
    roles = communication.get("token_roles") if isinstance(communication, Mapping) else None
    role = roles.get(endpoint.auth) if isinstance(roles, Mapping) else None
    if not isinstance(role, str):
        raise RefusalError(
            f"deployment.endpoints: {endpoint.name} demands a {endpoint.auth}, and no role is "
            "known for it",
            f"add communication.token_roles.{endpoint.auth} to meta.codegen.schema.yaml",
        )
    return role
