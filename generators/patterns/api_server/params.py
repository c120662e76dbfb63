"""Parameters of an API server: the endpoints with paths, methods, time-outs and roles."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups
from generators.patterns.serving import service_data, service_imports, service_test_imports


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the endpoints, the modules behind them, and what tests expect.

    Raises:
        RefusalError: the agent declares no endpoint, or one with a method that is not served.
    """
    if not context.operations:
        raise RefusalError(
            "deployment.endpoints declares nothing to serve",
            "declare at least one endpoint, or drop the API server",
        )
    made = context.siblings["controller"].made
    service = service_data(context, made.name)
    opened = (made.module, [made.name])
    return {
        "agent": str(context.agent.agent_id),
        "service": service,
        "imports": import_groups(context.namespace, [*service_imports(context), opened]),
        "test_imports": import_groups(context.namespace, [*service_test_imports(context), opened]),
    }
