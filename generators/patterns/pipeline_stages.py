"""What a stage of `reasoningpipeline` asks for: the entries of a list inside one of its steps."""

from generators.engine.patterns.context import PatternContext
from generators.engine.rules.quantities import parse_note
from generators.engine.sources.canonical import Plain


def entries_of(context: PatternContext, key: str) -> tuple[tuple[str, ...], str]:
    """Return the entries listed under `key` in a step of a stage, and where; empty if nowhere.

    A note in parentheses behind an entry is no part of its name.

    Args:
        context: the surroundings.
        key: for example `factors` or `methods`.
    """
    pipeline = context.agent.data.get("reasoningpipeline")
    if not isinstance(pipeline, dict):
        return (), ""
    for stage, steps in pipeline.items():
        for step in steps if isinstance(steps, list) else []:
            found = _listed(step, key)
            if found:
                return found, f"reasoningpipeline.{stage}"
    return (), ""


def _listed(step: Plain, key: str) -> tuple[str, ...]:
    if not isinstance(step, dict):
        return ()
    for inside in step.values():
        entries = inside.get(key) if isinstance(inside, dict) else None
        if isinstance(entries, list):
            return tuple(parse_note(str(each)).value for each in entries)
    return ()
