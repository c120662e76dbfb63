"""Fields of a schema that are carried and used by nothing, with the reason."""

from collections.abc import Iterator, Mapping

from generators.engine.sources.canonical import JsonSchema, Plain, escape


def unused_fields(data: Plain, schema: JsonSchema, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield pointer and reason of each field in `data` that its JSON Schema marks `x-unused`.

    A key that the schema does not know is unused as well.
    """
    known = schema.get("properties")
    if not isinstance(data, dict) or not isinstance(known, Mapping):
        return
    for key, value in data.items():
        place = f"{pointer}/{escape(key)}"
        below = known.get(key)
        if not isinstance(below, Mapping):
            if "additionalProperties" not in schema:
                yield place, "no field of this name is known"
        elif "x-unused" in below:
            yield place, str(below["x-unused"])
        else:
            yield from unused_fields(value, below, place)
