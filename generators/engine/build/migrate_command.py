"""`doit migrate`: write schemas of older versions as the current one, or show what would change."""

from generators.engine.build.compile import load_schema
from generators.engine.build.given_files import UnknownSubjectError, given_collections
from generators.engine.build.own_command import OwnCommand
from generators.engine.findings import render_findings
from generators.engine.model.migrations import UnprovenMigrationError, migrate_files
from generators.engine.shell.environment import BuildSettings, current_environment, read_settings
from generators.engine.shell.files import read_bytes, write_if_changed
from generators.engine.sources.migration import VERSION

_TO = {
    "name": "to",
    "short": "",
    "long": "to",
    "type": str,
    "default": VERSION,
    "choices": [(VERSION, "")],
    "help": "the version to write",
}
_WRITE = {
    "name": "write",
    "short": "",
    "long": "write",
    "type": bool,
    "default": False,
    "help": "change the files themselves",
}
_PROPOSED, _REFUSED, _WRONG_NAME = 1, 1, 3


class MigrateCommand(OwnCommand):
    """doit's plugin."""

    name = "migrate"
    doc_purpose = "write schemas of older versions as the current one"
    doc_usage = "[COLLECTION | FILE ...]"
    doc_description = None
    cmd_options = (_TO, _WRITE)

    def _execute(self, pos_args: list[str], *, to: str, write: bool) -> int:
        """Print diffs; doit passes its options by name, and has checked `to`."""
        del to
        settings = read_settings(current_environment())
        self.dep_manager.close()
        try:
            collections = given_collections(settings, pos_args)
        except UnknownSubjectError as error:
            self.outstream.write(f"{error}\n")
            return _WRONG_NAME
        status = 0
        for name, paths in collections.items():
            text, result = migrate_collection(settings, name, paths, write=write)
            self.outstream.write(text)
            status = max(status, result)
        return status


def migrate_collection(
    settings: BuildSettings, name: str, paths: tuple[str, ...], *, write: bool
) -> tuple[str, int]:
    """Return what to show about the migration of some files, and the exit code.

    Args:
        settings: where the JSON Schemas are.
        name: the collection.
        paths: its files.
        write: whether the files are changed.
    """
    contents = {path: read_bytes(path) for path in paths}
    try:
        migrations, mistakes = migrate_files(contents, load_schema(settings, "agent"))
    except UnprovenMigrationError as error:
        return f"{name}: not migrated, {error}; nothing was changed\n", _REFUSED
    if mistakes:
        texts = {path: content.decode(errors="replace") for path, content in contents.items()}
        hint = f"{name}: mend this first; `doit repair` shows what it can mend\n"
        return f"{render_findings(mistakes, texts)}\n{hint}", _REFUSED
    if not migrations:
        return f"{name}: is as version {VERSION} writes it\n", 0
    lines = []
    for migration in migrations:
        if write:
            write_if_changed(migration.file, migration.content)
        lines.append(migration.diff)
        state = "made" if write else "proposed"
        lines += [
            f"{state}  {migration.file}:{line}  {words}\n" for line, words in migration.changes
        ]
    return "".join(lines), 0 if write else _PROPOSED
