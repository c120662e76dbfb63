"""`doit repair`: show the smallest repairs of source files as a diff, or make them."""

from generators.engine.build.compile import load_schema
from generators.engine.build.given_files import UnknownSubjectError, given_collections
from generators.engine.build.own_command import OwnCommand
from generators.engine.model.repairs import propose_repairs
from generators.engine.shell.environment import BuildSettings, current_environment, read_settings
from generators.engine.shell.files import read_bytes, write_if_changed

_WRITE = {
    "name": "write",
    "short": "",
    "long": "write",
    "type": bool,
    "default": False,
    "help": "make the repairs in the files themselves",
}
_INTO = {
    "name": "into",
    "short": "",
    "long": "into",
    "type": str,
    "default": "",
    "help": "write repaired copies of all files into this folder instead",
}
_PROPOSED, _WRONG_NAME = 1, 3


class RepairCommand(OwnCommand):
    """doit's plugin."""

    name = "repair"
    doc_purpose = "propose repairs for mistakes that can be read in one way only"
    doc_usage = "[COLLECTION | FILE ...]"
    doc_description = None
    cmd_options = (_WRITE, _INTO)

    def _execute(self, pos_args: list[str], *, write: bool, into: str) -> int:
        """Print diffs; doit passes its options by name."""
        settings = read_settings(current_environment())
        self.dep_manager.close()
        try:
            collections = given_collections(settings, pos_args)
        except UnknownSubjectError as error:
            self.outstream.write(f"{error}\n")
            return _WRONG_NAME
        proposed = 0
        for paths in collections.values():
            text, count = repair_collection(settings, paths, write=write, into=into)
            self.outstream.write(text)
            proposed += count
        if proposed == 0:
            self.outstream.write("nothing to repair\n")
            return 0
        return 0 if write or into else _PROPOSED


def repair_collection(
    settings: BuildSettings, paths: tuple[str, ...], *, write: bool, into: str
) -> tuple[str, int]:
    """Return what to show about the repairs of some files, and how many edits there are.

    Args:
        settings: where the JSON Schemas are.
        paths: the files of one collection.
        write: whether the files are changed.
        into: folder that gets a copy of every file, repaired or not; empty for none.
    """
    contents = {path: read_bytes(path) for path in paths}
    repairs = propose_repairs(contents, load_schema(settings, "agent"))
    lines = []
    for repair in repairs:
        if write:
            write_if_changed(repair.file, repair.repaired.encode())
        contents[repair.file] = repair.repaired.encode()
        lines.append(repair.diff)
        state = "made" if write or into else "proposed"
        lines += [f"{state}  {edit.file}:{edit.line}  {edit.reason}\n" for edit in repair.edits]
    if into:
        for path, content in contents.items():
            write_if_changed(f"{into}/{path.rpartition('/')[2]}", content)
    return "".join(lines), sum(len(repair.edits) for repair in repairs)
