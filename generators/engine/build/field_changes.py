"""Compare two normal forms of a schema field by field, and take single changes back."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass

from generators.engine.sources.canonical import Plain, escape

Path = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldChange:
    """One field that differs.

    Attributes:
        path: keys and list positions that lead to it in the normal form.
        before: its old value.
        after: its new value.
        added: there was no such field; `before` means nothing.
        removed: there is no such field any more; `after` means nothing.
    """

    path: Path
    before: Plain = None
    after: Plain = None
    added: bool = False
    removed: bool = False

    @property
    def pointer(self) -> str:
        """Return the schema pointer of the field."""
        head, *rest = self.path
        if head == "purposes":
            return str(rest[0]) if rest else ""
        return "".join(f"/{escape(str(step))}" for step in rest)


def field_changes(before: Plain, after: Plain, path: Path = ()) -> Iterator[FieldChange]:
    """Yield the smallest fields that differ; a list whose length changed counts as one field."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            below = (*path, key)
            if key not in before:
                yield FieldChange(path=below, after=after[key], added=True)
            elif key not in after:
                yield FieldChange(path=below, before=before[key], removed=True)
            else:
                yield from field_changes(before[key], after[key], below)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from field_changes(old, new, (*path, index))
    elif before != after or type(before) is not type(after):
        yield FieldChange(path=path, before=before, after=after)


def taken_back(document: Mapping[str, Plain], change: FieldChange) -> dict[str, Plain]:
    """Return a document in which one change is undone; it is not changed itself."""
    result = deepcopy(dict(document))
    holder: Plain = result
    *above, last = change.path
    for step in above:
        holder = _member(holder, step)
    if isinstance(holder, list) and isinstance(last, int):
        holder[last] = change.before
    elif isinstance(holder, dict) and change.added:
        del holder[str(last)]
    elif isinstance(holder, dict):
        holder[str(last)] = change.before
    return result


def _member(holder: Plain, step: str | int) -> Plain:
    if isinstance(holder, list) and isinstance(step, int):
        return holder[step]
    if isinstance(holder, dict):
        return holder[str(step)]
    raise KeyError(step)
