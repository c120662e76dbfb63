"""Parameters of a board of metrics: the names that the schema declares."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.controller.metrics import exposed
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the names under which the declared metrics are exposed.

    Raises:
        RefusalError: the agent declares no metric.
    """
    names = list(dict.fromkeys(exposed(name) for name in context.agent.metrics))
    if not names:
        raise RefusalError(
            "deployment.telemetry.metrics declares nothing to show",
            "declare at least one metric, or drop the file",
        )
    return {
        "class_name": context.class_name,
        "names": [*names],
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ["Final"]),
                ("agent_runtime.metricboard", ["MetricBoard"]),
                ("agent_runtime.metrics", ["AgentMetrics"]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                ("agent_runtime.errors", ["ConfigError"]),
                ("agent_runtime.metrics", ["AgentMetrics", "MetricSpec"]),
                (context.module, ["METRICS", context.class_name]),
            ],
        ),
    }
