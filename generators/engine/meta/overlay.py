"""The glue of one collection: the shared glue, with what stands beside the schemas laid over it."""

from collections.abc import Mapping
from typing import Final

from generators.engine.meta.resolve import MASTER
from generators.engine.sources.canonical import Plain

ADDED: Final = "added_wirings"
"""Field of a collection's own glue: wirings besides those that hold without it."""


def overlay_glue(
    shared: Mapping[str, Plain], own: Mapping[str, Plain], namespace: str | None
) -> dict[str, Plain]:
    """Return the glue that a collection is built with.

    Facades of the shared glue move to the collection's root namespace, unless the collection
    names its own. Wirings of the collection replace those of the shared glue; its added wirings
    stand behind them.

    Args:
        shared: the glue of the meta folder.
        own: fields that replace the shared ones; empty for none.
        namespace: root namespace that the environment demands; None for the glue's.
    """
    former = str(shared.get("root_namespace", ""))
    root = namespace or str(own.get("root_namespace", former))
    facades = shared.get("facades")
    moved: dict[str, Plain] = {
        _moved(path, former, root): pattern
        for path, pattern in (facades.items() if isinstance(facades, dict) else ())
    }
    given = {name: value for name, value in own.items() if name != ADDED}
    merged: dict[str, Plain] = {**shared, "facades": moved, **given, "root_namespace": root}
    return {**merged, "wirings": [*_listed(merged.get("wirings")), *_listed(own.get(ADDED))]}


def _listed(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else []


def _moved(path: str, former: str, root: str) -> str:
    first, _, rest = path.partition("/")
    return f"{root}/{rest}" if first == former else path


def overlay_anchors(
    templates: Mapping[str, Mapping[str, Plain]], glue: Mapping[str, Plain]
) -> dict[str, Mapping[str, Plain]]:
    """Return the meta templates with the anchors of the glue, if it names any of its own."""
    master = templates.get(MASTER, {})
    governance = master.get("governance")
    if "anchors" not in glue or not isinstance(governance, dict):
        return dict(templates)
    own = {**governance, "anchors": glue["anchors"]}
    return {**templates, MASTER: {**master, "governance": own}}
