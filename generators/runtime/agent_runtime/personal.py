"""Personal data in documents: sealed on the way in, opened on the way out, at any depth.

Logs and archives that must not change cannot forget. So what a schema marks as personal never
reaches them in the clear: its fields are sealed for their person, and `SubjectVault.erase` makes
all copies unreadable at once, while digests and chains stay valid.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from agent_runtime.errors import ConfigError
from agent_runtime.values import JsonObject, JsonValue
from agent_runtime.vault import PERSON, SEALED, SubjectVault


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonalFields:
    """Which fields of a record are personal, and which field says whose they are.

    Attributes:
        subject: field that identifies the person within its record, for example `buyer_id`.
        fields: fields that are sealed, for example `contact_email`.

    Raises:
        ConfigError: there is no field, or the subject is to be sealed as well.
    """

    subject: str
    fields: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.subject or not self.fields or not all(self.fields):
            raise ConfigError("personal data needs a subject and at least one field")
        if self.subject in self.fields:
            raise ConfigError(f"the subject {self.subject!r} cannot be sealed: records need it")


def seal_document(
    document: JsonObject, personal: tuple[PersonalFields, ...], vault: SubjectVault
) -> JsonObject:
    """Return `document` with the personal fields of every record in it sealed, at any depth.

    A record is an object that has the `subject` field of one of `personal`. What is sealed already
    stays as it is.

    Raises:
        InputBoundsError: a person was erased.
        MemoryLayerError: the vault failed.
    """
    sealed = _sealed(document, personal, vault)
    return sealed if isinstance(sealed, Mapping) else document


def open_document(document: JsonObject, vault: SubjectVault) -> JsonObject:
    """Return `document` with what was sealed in the clear; erased persons read as `ERASED`.

    Raises:
        MemoryLayerError: the vault failed, or something sealed was damaged.
    """
    opened = _opened("", document, vault)
    return opened if isinstance(opened, Mapping) else document


def _sealed(
    value: JsonValue, personal: tuple[PersonalFields, ...], vault: SubjectVault
) -> JsonValue:
    if isinstance(value, Mapping):
        owner = {
            field: str(value[each.subject])
            for each in personal
            if each.subject in value
            for field in each.fields
        }
        return {
            name: (
                vault.seal(owner[name], name, item)
                if name in owner and not _is_sealed(item)
                else _sealed(item, personal, vault)
            )
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_sealed(item, personal, vault) for item in value]
    return value


def _opened(name: str, value: JsonValue, vault: SubjectVault) -> JsonValue:
    if isinstance(value, Mapping):
        if _is_sealed(value):
            return vault.open(name, value)
        return {key: _opened(key, item, vault) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_opened(name, item, vault) for item in value]
    return value


def _is_sealed(value: JsonValue) -> bool:
    return isinstance(value, Mapping) and set(value) == {PERSON, SEALED}
