"""`doit restore`: put outputs that were edited or removed back as the build made them."""

from collections.abc import Iterable

from generators.engine.build.compiled import source_files
from generators.engine.build.layout import CollectionFolder, collection_folder
from generators.engine.build.own_command import OwnCommand
from generators.engine.build.restoring import Output, find_outputs, restore_outputs
from generators.engine.build.stage_files import MissingStageError
from generators.engine.shell.environment import BuildSettings, current_environment, read_settings
from generators.engine.shell.files import SymlinkError, absolute
from generators.engine.shell.locks import LockedError

_REFUSED = 1
_WRONG_NAME = 3


class RestoreCommand(OwnCommand):
    """doit's plugin."""

    name = "restore"
    doc_purpose = "put outputs that were edited or removed back as they were built"
    doc_usage = "FILE ..."
    doc_description = "What is replaced is kept below the cache folder, in `replaced`."
    cmd_options = ()

    def _execute(self, pos_args: list[str]) -> int:
        """Restore each file; none of them if one is unknown."""
        settings = read_settings(current_environment())
        if not pos_args:
            self.outstream.write("name the files to restore; `doit status` lists them\n")
            return _WRONG_NAME
        try:
            self.dep_manager.backend.begin()
            found = {path: output_at(settings, path) for path in pos_args}
            unknown = [path for path, each in found.items() if each is None]
            if unknown:
                self.outstream.write(f"{unknown[0]} is no output of a build here\n")
                return _WRONG_NAME
            for folder, output in filter(None, found.values()):
                self._say(restore_outputs(settings, folder, [output]))
        except (LockedError, MissingStageError, SymlinkError) as error:
            self.outstream.write(f"{error}\n")
            return _REFUSED
        finally:
            self.dep_manager.close()
        return 0

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.outstream.write(f"{line}\n")


def output_at(settings: BuildSettings, path: str) -> tuple[CollectionFolder, Output] | None:
    """Return the installed file that a path means, and the folder of its collection."""
    meant = absolute(path)
    for name in source_files(settings):
        folder = collection_folder(settings, name)
        root = f"{absolute(folder.root)}/"
        if meant.startswith(root):
            output = find_outputs(folder).get(meant.removeprefix(root))
            return (folder, output) if output is not None else None
    return None
