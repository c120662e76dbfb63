"""`doit status`: which outputs are edited, missing, left over or stale, without building."""

from generators.engine.build.compiled import compiled
from generators.engine.build.layout import collection_folder
from generators.engine.build.output_status import output_status, render_status
from generators.engine.build.own_command import OwnCommand, named_collections
from generators.engine.shell.environment import current_environment, read_settings

_WRONG_NAME = 3


class StatusCommand(OwnCommand):
    """doit's plugin."""

    name = "status"
    doc_purpose = "show outputs that are edited by hand, missing, left over or stale"
    doc_usage = "[COLLECTION ...]"
    doc_description = "Exit code 1 if there is any, so that a script can ask."
    cmd_options = ()

    def _execute(self, pos_args: list[str]) -> int:
        """Show the state of each collection; nothing is written."""
        settings = read_settings(current_environment())
        self.dep_manager.close()
        names, complaint = named_collections(settings, pos_args)
        if complaint:
            self.outstream.write(complaint)
            return _WRONG_NAME
        clean = True
        for name in names:
            folder = collection_folder(settings, name)
            status = output_status(compiled(settings, name), folder)
            self.outstream.write(f"{name}\n{render_status(folder.root, status)}\n")
            clean &= status.clean
        return int(not clean)
