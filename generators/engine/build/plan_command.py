"""`doit plan`: how the plan differs from its lock, and which files a build would change."""

from generators.engine.build.compiled import compiled
from generators.engine.build.layout import collection_folder, lock_path
from generators.engine.build.own_command import OwnCommand, named_collections
from generators.engine.build.plan_lock import lock_difference, lock_document, parse_lock
from generators.engine.build.preview_plan import render_change, unit_changes
from generators.engine.findings import has_errors, render_findings
from generators.engine.shell.environment import BuildSettings, current_environment, read_settings
from generators.engine.shell.files import read_optional

_LOCKED = {
    "name": "locked",
    "short": "",
    "long": "locked",
    "type": bool,
    "default": False,
    "help": "end with exit code 1 if the plan differs from the committed lock",
}


class PlanCommand(OwnCommand):
    """doit's plugin."""

    name = "plan"
    doc_purpose = "show what a build would change, and how the plan differs from its lock"
    doc_usage = "[COLLECTION ...]"
    doc_description = None
    cmd_options = (_LOCKED,)

    def _execute(self, pos_args: list[str], *, locked: bool) -> int:
        """Print the plan of each collection; doit passes its options by name."""
        settings = read_settings(current_environment())
        self.dep_manager.close()
        names, complaint = named_collections(settings, pos_args)
        if complaint:
            self.outstream.write(complaint)
            return 3
        differs = False
        for name in names:
            text, changed = describe_plan(settings, name)
            self.outstream.write(text)
            differs |= changed
        return int(differs and locked)


def describe_plan(settings: BuildSettings, name: str) -> tuple[str, bool]:
    """Return what to say about a collection, and whether its plan differs from the lock."""
    found = compiled(settings, name)
    lines = []
    if has_errors(found.findings):
        lines.append(render_findings(found.findings, found.texts))
    if found.plan is None:
        return "\n".join((f"{name}: no plan", *lines, "")), True
    path = lock_path(settings, name)
    present = parse_lock(read_optional(path))
    schemas = {name: agent.normalised for name, agent in found.model.agents.items()}
    difference = lock_difference(present, lock_document(found.plan, schemas))
    state = f"differs from {path}" if difference else "as locked"
    head = f"{name} {found.plan.version} · plan {found.plan.digest[:6]} · {state}"
    lines += [f"  {line}" for line in (difference if present else ())]
    changes = unit_changes(found, collection_folder(settings, name))
    changed = [change for change in changes if change.any]
    lines += [render_change(change) for change in changed]
    if not changed:
        lines.append(f"  nothing to generate: {len(changes)} units are as planned")
    return "\n".join((head, *lines, "")), bool(difference)
