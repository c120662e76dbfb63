"""Record types of a domain, and the canonical form that a record is translated into."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.observations import CandidatePair
from agent_runtime.translation.fields import REFERENCE, TEXT, FieldSpec, Scalar


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkSpec:
    """A link that a record states; its ends are references among its fields, or its own key."""

    subject: str
    relation: str
    object: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordSpec:
    """One type of record.

    Attributes:
        name: of the type, for example `buyer`.
        key: the text field that names a record of it.
        fields: all its fields, in order.
        entity: whether the key names an entity of the models; else it is an event among entities.
        links: what the record states about entities.
        identity: text field by which the same party is known under other names; empty for none.

    Raises:
        ConfigError: the parts do not fit each other.
    """

    name: str
    key: str
    fields: tuple[FieldSpec, ...]
    entity: bool = True
    links: tuple[LinkSpec, ...] = ()
    identity: str = ""

    def __post_init__(self) -> None:
        names = [each.name for each in self.fields]
        if len(set(names)) < len(names):
            raise ConfigError(f"record {self.name}: a field is declared twice")
        key = next((each for each in self.fields if each.name == self.key), None)
        if key is None or key.kind != TEXT or key.personal or key.optional:
            raise ConfigError(f"record {self.name}: the key must be a plain text field")
        if self.identity and self.identity not in names:
            raise ConfigError(f"record {self.name}: no field {self.identity!r} tells its identity")
        ends = {end for link in self.links for end in (link.subject, link.object)}
        linkable = {each.name for each in self.fields if each.kind == REFERENCE}
        missing = ends - linkable - ({self.key} if self.entity else set())
        if missing:
            raise ConfigError(
                f"record {self.name}: {', '.join(sorted(missing))} cannot be the end of a link"
            )

    def field(self, name: str) -> FieldSpec:
        """Return the field of this name.

        Raises:
            ConfigError: there is none.
        """
        for each in self.fields:
            if each.name == name:
                return each
        raise ConfigError(f"record {self.name} has no field {name!r}")

    @property
    def personal(self) -> tuple[str, ...]:
        """Names of the fields that are personal data."""
        return tuple(each.name for each in self.fields if each.personal)


class RecordSpecs:
    """The record types of one domain."""

    def __init__(self, domain: str, specs: Iterable[RecordSpec]) -> None:
        """Take the record types of `domain`.

        Raises:
            ConfigError: there is none, one comes twice, or a reference leads to no entity.
        """
        self.domain = domain
        self._specs: dict[str, RecordSpec] = {}
        for spec in specs:
            if spec.name in self._specs:
                raise ConfigError(f"the record {spec.name} is declared twice")
            self._specs[spec.name] = spec
        entities = {spec.name for spec in self._specs.values() if spec.entity}
        for spec in self._specs.values():
            for each in spec.fields:
                if each.of and each.of not in entities:
                    raise ConfigError(f"{spec.name}.{each.name} refers to {each.of!r}, no entity")
        if not self._specs:
            raise ConfigError(f"the domain {domain} declares no record")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the record types, in order of declaration."""
        return tuple(self._specs)

    def get(self, name: str) -> RecordSpec:
        """Return the record type of this name.

        Raises:
            InputBoundsError: it is not declared.
        """
        spec = self._specs.get(name)
        if spec is None:
            raise InputBoundsError(
                f"{name[:80]!r} is no record of {self.domain}; declared: {', '.join(self._specs)}"
            )
        return spec


@dataclass(frozen=True, kw_only=True, slots=True)
class CanonicalRecord:
    """A record as all agents understand it.

    Attributes:
        record: its type.
        key: what the domain calls it.
        entity: the models' name of it; None if it is an event.
        attributes: values that are neither key, reference nor personal, in declared units.
        references: the models' name of each entity it refers to, by field.
        personal: values that say something of a person; they go into no packet.
        links: what it states about entities.
    """

    record: str
    key: str
    entity: str | None
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    personal: Mapping[str, Scalar] = field(default_factory=dict)
    links: tuple[CandidatePair, ...] = ()

    def number(self, name: str) -> float:
        """Return a numeric attribute.

        Raises:
            InputBoundsError: the record does not state it as a number.
        """
        value = self.attributes.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputBoundsError(f"{self.record} {self.key} states no number {name}")
        return float(value)

    @property
    def numbers(self) -> dict[str, float]:
        """All numeric attributes by name."""
        return {
            name: float(value)
            for name, value in self.attributes.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
