"""Which fields of a schema's records say something of a person, and whose they are."""

from collections.abc import Iterator, Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain


def personal_fields(context: PatternContext) -> list[Plain]:
    """Return the personal fields by the field that names their person, each once.

    They are those of `memorytopology.personal`, and those that `records` marks `personal: true`;
    the person of a record is whom its key names.

    Raises:
        RefusalError: the field that says whose they are is to be sealed as well.
    """
    found: dict[str, dict[str, None]] = {}
    for subject, field, source in (*_declared(context), *_marked(context)):
        if field == subject:
            raise RefusalError(
                f"{source} seals {subject!r}, by which records name their person",
                f"leave {subject} in the clear, and name persons by a number that tells nothing",
            )
        found.setdefault(subject, {})[field] = None
    return [{"subject": subject, "fields": [*fields]} for subject, fields in found.items()]


def _declared(context: PatternContext) -> Iterator[tuple[str, str, str]]:
    entries = _mapping(context.agent.data.get("memorytopology")).get("personal")
    for entry in entries if isinstance(entries, list) else ():
        content = _mapping(entry)
        fields = content.get("fields")
        for field in fields if isinstance(fields, list) else ():
            yield str(content["subject"]), str(field), "memorytopology.personal"


def _marked(context: PatternContext) -> Iterator[tuple[str, str, str]]:
    for name, record in _mapping(context.agent.data.get("records")).items():
        content = _mapping(record)
        for field, spec in _mapping(content.get("fields")).items():
            if _mapping(spec).get("personal") is True:
                yield str(content["key"]), field, f"records.{name}"


def _mapping(value: object) -> Mapping[str, Plain]:
    return value if isinstance(value, Mapping) else {}
