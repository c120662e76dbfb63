"""Translate the records of a domain into canonical form and back, losing nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agent_runtime.domains import SEPARATOR, Domain, DomainScope
from agent_runtime.errors import InputBoundsError
from agent_runtime.guards import identifier
from agent_runtime.observations import candidate_pairs
from agent_runtime.translation.fields import REFERENCE, Scalar, untold_identifier
from agent_runtime.translation.records import CanonicalRecord, RecordSpec, RecordSpecs
from agent_runtime.values import JsonObject, JsonValue

KIND_SEPARATOR: Final = "/"
"""Sets the record type apart from the key in the name of an entity: `plastos:buyer/B7`."""

_LONGEST_NAME: Final = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A record that was not translated, and every reason why."""

    index: int
    record: str
    key: str
    reasons: tuple[str, ...]


class RecordTranslator:
    """Knows the record types of one domain. Stateless."""

    def __init__(self, specs: RecordSpecs) -> None:
        self.specs = specs
        self._scope = DomainScope((Domain(name=specs.domain),))

    def entity(self, record: str, key: str) -> str:
        """Return the models' name of the entity that `key` names among the records of a type.

        Raises:
            InputBoundsError: the type is not declared, or the key cannot be part of a name.
        """
        self.specs.get(record)
        name = f"{record}{KIND_SEPARATOR}{identifier(key, name='key')}"
        return self._scope.qualify(self.specs.domain, name)

    def key(self, record: str, entity: str) -> str:
        """Return the domain's key of an entity.

        Raises:
            InputBoundsError: it belongs to another domain or is of another type.
        """
        local = self._scope.local(self.specs.domain, entity)
        kind, _, key = local.partition(KIND_SEPARATOR)
        if kind != record or not key:
            raise InputBoundsError(f"{entity!r} is no {record}")
        return key

    def translate(self, record: str, document: JsonObject) -> CanonicalRecord:
        """Return the canonical form of one record.

        Raises:
            InputBoundsError: fields are missing, unknown or unusable; each is named.
        """
        spec = self.specs.get(record)
        values, problems = _read(spec, document)
        if problems:
            raise InputBoundsError("; ".join(problems))
        key = str(values.pop(spec.key))
        names = {spec.key: self.entity(record, key)} if spec.entity else {}
        for field in spec.fields:
            if field.kind == REFERENCE and field.name in values:
                names[field.name] = self.entity(field.of, str(values.pop(field.name)))
        links = [
            (names[link.subject], link.relation, names[link.object])
            for link in spec.links
            if link.subject in names and link.object in names
        ]
        return CanonicalRecord(
            record=record,
            key=key,
            entity=names.pop(spec.key, None),
            attributes={name: values[name] for name in values if name not in spec.personal},
            references=names,
            personal={name: values[name] for name in values if name in spec.personal},
            links=candidate_pairs(links) if links else (),
        )

    def restore(self, canonical: CanonicalRecord) -> JsonObject:
        """Return the domain's record of a canonical one: the inverse of `translate`.

        Raises:
            InputBoundsError: it is no record of the domain.
        """
        spec = self.specs.get(canonical.record)
        values: dict[str, JsonValue] = {spec.key: canonical.key}
        values.update(canonical.attributes)
        values.update(canonical.personal)
        for name, entity in canonical.references.items():
            values[name] = self.key(spec.field(name).of, entity)
        _, problems = _read(spec, values)
        if problems:
            raise InputBoundsError("; ".join(problems))
        return {each.name: values[each.name] for each in spec.fields if each.name in values}

    def translate_all(
        self, documents: Iterable[tuple[str, JsonObject]]
    ) -> tuple[tuple[CanonicalRecord, ...], tuple[Refusal, ...]]:
        """Translate pairs of record type and record; the rest goes on past what is refused."""
        translated: list[CanonicalRecord] = []
        refused: list[Refusal] = []
        for index, (record, document) in enumerate(documents):
            try:
                translated.append(self.translate(record, document))
            except InputBoundsError as error:
                key = self._readable_key(record, document)
                refused.append(Refusal(index=index, record=record, key=key, reasons=(str(error),)))
        return tuple(translated), tuple(refused)

    def _readable_key(self, record: str, document: JsonObject) -> str:
        """Return the declared key of a record, empty if it is none; never another field's text."""
        if record not in self.specs.names:
            return ""
        spec = self.specs.get(record)
        try:
            return identifier(str(spec.field(spec.key).read(document.get(spec.key))), name=spec.key)
        except InputBoundsError:
            return ""


def split_entity(entity: str) -> tuple[str, str, str]:
    """Return domain key, record type and record key of an entity's name.

    Raises:
        InputBoundsError: it is not of the form `domain:type/key`.
    """
    domain, separator, rest = entity.partition(SEPARATOR)
    kind, slash, key = rest.partition(KIND_SEPARATOR)
    if not (separator and slash and domain and kind and key):
        raise InputBoundsError(f"{entity[:80]!r} names no entity of a domain")
    return domain, kind, key


def _read(spec: RecordSpec, document: JsonObject) -> tuple[dict[str, Scalar], list[str]]:
    """Read every declared field; return the values and all that is wrong."""
    values: dict[str, Scalar] = {}
    known = {field.name for field in spec.fields}
    problems = [f"{_named(name)} is not declared" for name in document if name not in known]
    for field in spec.fields:
        value = document.get(field.name)
        if value is None:
            if not field.optional:
                problems.append(f"{field.name} is missing")
            continue
        try:
            read = field.read(value)
            if field.name == spec.key:
                untold_identifier(str(read), name=field.name)
            values[field.name] = read
        except InputBoundsError as error:
            problems.append(f"{field.name} cannot be used" if field.personal else str(error))
    return values, problems


def _named(name: str) -> str:
    """Return the name of an unknown field, unless it may be a value in the wrong place."""
    return name if len(name) <= _LONGEST_NAME and name.isidentifier() else "a field"
