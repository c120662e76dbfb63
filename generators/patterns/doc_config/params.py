"""Parameters of CONFIG.md: the settings of the config manager, flags and secrets."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.config_manager.params import setting_rows
from generators.patterns.documents import heading


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return every setting of the agent.

    Raises:
        RefusalError: the agent has no config manager, hence nothing to configure.
    """
    if "config_manager" not in context.siblings:
        raise RefusalError(
            "CONFIG.md is listed, but no generated file answers to config_manager",
            "add a config manager to generatefiles, or drop the document from generatedocs",
        )
    rows = list(setting_rows(context))
    flags = context.meta["meta.codegen.schema"].get("feature_flags")
    return {
        **heading(context),
        "prefix": f"L9_{str(context.agent.agent_id).upper()}__",
        "settings": [
            {
                "key": row["key"],
                "kind": row["kind"],
                "default": row["shown_default"],
                "source": row["source"],
            }
            for row in rows
            if not row["secret"]
        ],
        "secrets": [
            {"key": row["key"], "variable": row["variable"], "source": row["source"]}
            for row in rows
            if row["secret"]
        ],
        "flags": [
            {"name": name, "state": "on" if on else "off"}
            for name, on in (flags.items() if isinstance(flags, dict) else ())
        ],
        "file": f"{context.namespace}/{context.collection}_config.yaml",
    }
