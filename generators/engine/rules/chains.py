"""Read a chain of steps as schemas write it: `a -> b -> c`, with the arrow in either spelling."""

import re

_ARROW = re.compile(r"\s*(?:->|→)\s*")


def split_chain(text: str) -> tuple[str, ...]:
    """Return the steps of `text` in order; one step, possibly empty, if there is no arrow."""
    return tuple(_ARROW.split(text.strip()))
