"""Repairs of a collection's files: mistakes of YAML, and keys that are all but known ones."""

from collections.abc import Iterator, Mapping

from generators.engine.model.load import known_sections
from generators.engine.sources.canonical import JsonSchema, Misspelt, canonicalise
from generators.engine.sources.collection import read_collection
from generators.engine.sources.edits import Edit
from generators.engine.sources.repair import RESPELT, Repair, repair_file


def propose_repairs(files: Mapping[str, bytes], schema: JsonSchema) -> tuple[Repair, ...]:
    """Return the proven repairs of each file that has any.

    Args:
        files: the files of a collection.
        schema: JSON Schema of agents.
    """
    known = known_sections(schema)
    source = read_collection(files, known)
    edits = list(source.edits)
    taken = {(edit.file, edit.line) for edit in edits}
    texts = {name: content.decode("utf-8", errors="replace") for name, content in files.items()}
    for agent in source.agents:
        for slip in canonicalise(agent.node, schema).misspelt:
            line = (slip.place.file, slip.place.line)
            if line not in taken:  # one mistake a line; the next run finds the next
                taken.add(line)
                edits += _respelling(slip, texts[slip.place.file])
    found = []
    for name, text in texts.items():
        own = [edit for edit in edits if edit.file == name]
        repair = repair_file(name, text, own, known) if own else None
        if repair is not None and repair.edits:
            found.append(repair)
    return tuple(found)


def _respelling(slip: Misspelt, text: str) -> Iterator[Edit]:
    lines = text.split("\n")
    if slip.place.line > len(lines):  # the file has line ends of an old kind
        return
    line = lines[slip.place.line - 1].removesuffix("\r")
    start = slip.place.column - 1
    if line[start : start + len(slip.written)] != slip.written:
        return
    yield Edit(
        file=slip.place.file,
        line=slip.place.line,
        before=line,
        after=line[:start] + slip.right + line[start + len(slip.written) :],
        reason=f"{RESPELT} {slip.written} is no known key, {slip.right} is",
    )
