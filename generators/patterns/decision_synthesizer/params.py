"""Parameters of a decision synthesizer: the declared modes that it combines."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the declared modes.

    Raises:
        RefusalError: the schema declares fewer than two, so that there is nothing to combine.
    """
    declared = [*dict.fromkeys(context.agent.learning.strategy_modes)]
    if len(declared) < 2:  # noqa: PLR2004 - what a combination is of
        raise RefusalError(
            "reasoningengine.strategymodes declares no two modes that could be combined",
            "declare at least two modes there, or drop the synthesizer",
        )
    return {
        "class_name": context.class_name,
        "modes": [*declared],
        "first": declared[0],
        "second": declared[1],
    }
