"""Migrate the files of a collection, and prove that their agents say the same before and after."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from generators.engine.findings import Finding, Severity
from generators.engine.model.derivations import read_quantity
from generators.engine.model.load import known_sections
from generators.engine.sources.canonical import JsonSchema, Plain, canonicalise
from generators.engine.sources.collection import CollectionSource, read_collection
from generators.engine.sources.migration import migrate_text


class UnprovenMigrationError(Exception):
    """A migrated file would say something else than before; it is left as it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """A file that is written otherwise now: its new bytes, a unified diff, and words by line."""

    file: str
    content: bytes
    diff: str
    changes: tuple[tuple[int, str], ...]


def migrate_files(
    files: Mapping[str, bytes], schema: JsonSchema
) -> tuple[tuple[Migration, ...], tuple[Finding, ...]]:
    """Return the files of a collection that change, or the mistakes that must be mended before.

    Args:
        files: content by the name that places carry.
        schema: JSON Schema of agents.

    Raises:
        UnprovenMigrationError: an agent would not say the same afterwards.
    """
    known = known_sections(schema)
    source = read_collection(files, known)
    mistakes = _mistakes(source)
    if mistakes:
        return (), mistakes
    found = []
    after = dict(files)
    for name, content in files.items():
        migration = _migrate(name, content, schema, known)
        if migration is not None:
            found.append(migration)
            after[name] = migration.content
    if _said(source, schema) != _said(read_collection(after, known), schema):
        raise UnprovenMigrationError("an agent would not say the same as before")
    return tuple(found), ()


def _migrate(
    name: str, content: bytes, schema: JsonSchema, known: frozenset[str]
) -> Migration | None:
    """Return one file in its new form, with the line ends and the byte order mark it had."""
    text = content.decode("utf-8-sig")
    windows = "\r\n" in text
    old = text.replace("\r\n", "\n")
    migrated = migrate_text(name, old, schema, known)
    if not migrated.changes:
        return None
    diff = difflib.unified_diff(
        old.splitlines(keepends=True),
        migrated.text.splitlines(keepends=True),
        fromfile=f"a/{name.lstrip('/')}",
        tofile=f"b/{name.lstrip('/')}",
        n=1,
    )
    new = migrated.text.replace("\n", "\r\n") if windows else migrated.text
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    return Migration(
        file=name, content=mark + new.encode(), diff="".join(diff), changes=migrated.changes
    )


def _mistakes(source: CollectionSource) -> tuple[Finding, ...]:
    agents = (finding for agent in source.agents for finding in agent.findings)
    everything = (*source.findings, *agents)
    return tuple(f for f in everything if f.severity is Severity.ERROR)


def _said(source: CollectionSource, schema: JsonSchema) -> list[Plain]:
    """Return what each agent says and the comments on it, but for versions."""
    found: list[Plain] = []
    for agent in source.agents:
        canonical = canonicalise(agent.node, schema, read_quantity)
        data = dict(canonical.data) if isinstance(canonical.data, dict) else {}
        metadata = data.get("metadata")
        if isinstance(metadata, dict):
            data["metadata"] = {k: v for k, v in metadata.items() if k != "version"}
        data.pop("version", None)
        found += [
            {key: value for key, value in data.items() if value != {}},  # a section that moved
            dict(canonical.comments),
        ]
    return found
