"""`doit why FILE`: the changed fields that a file depends on, and the way from them to it."""

import json
from collections.abc import Sequence

from generators.engine.build.compile import Compiled
from generators.engine.build.compiled import compiled
from generators.engine.build.layout import CollectionFolder, collection_folder
from generators.engine.build.own_command import OwnCommand
from generators.engine.build.reasons import Reason, own_pointer, reasons_for
from generators.engine.build.restore_command import output_at
from generators.engine.build.restoring import Output
from generators.engine.plan.unit_plan import PlannedFile, UnitPlan
from generators.engine.shell.environment import current_environment, read_settings
from generators.engine.shell.history import commit_of_line
from generators.engine.sources.canonical import Plain

_WRONG_NAME = 3
_LONGEST_VALUE = 70


class WhyCommand(OwnCommand):
    """doit's plugin."""

    name = "why"
    doc_purpose = "show which changed fields of the schemas a file depends on, and how"
    doc_usage = "FILE ..."
    doc_description = "Changes that are not built yet come first; without any, those built last."
    cmd_options = ()

    def _execute(self, pos_args: list[str]) -> int:
        """Explain each file; nothing is written."""
        settings = read_settings(current_environment())
        self.dep_manager.close()
        if not pos_args:
            self.outstream.write("name the files to explain, for example below extractions/\n")
            return _WRONG_NAME
        for path in pos_args:
            found = output_at(settings, path)
            if found is None:
                self.outstream.write(f"{path} is no output of a build here\n")
                return _WRONG_NAME
            folder, output = found
            name = folder.root.rpartition("/")[2]
            text = explain(compiled(settings, name), collection_folder(settings, name), output)
            self.outstream.write(f"{folder.member(output.place)}\n{text}\n")
        return 0


def explain(found: Compiled, folder: CollectionFolder, output: Output) -> str:
    """Return why a file is as it is, as indented lines."""
    units = found.plan.units if found.plan is not None else ()
    unit = next((each for each in units if each.unit_id == output.unit), None)
    file = next((each for each in unit.files if each.path == output.path), None) if unit else None
    if unit is None or file is None:
        return "  the sources ask for it no more; the next build removes it"
    reasons = reasons_for(found, folder, unit, file)
    lines = [line for reason in reasons for line in _reason_lines(reason, unit)]
    if not reasons:
        lines.append("  no field changed that it depends on")
    return "\n".join((*lines, *_way(found, unit, file)))


def _reason_lines(reason: Reason, unit: UnitPlan) -> list[str]:
    change = reason.change
    before = "(nothing)" if change.added else _value(change.before, change.after)
    after = "(nothing)" if change.removed else _value(change.after, change.before)
    state = "is not built yet" if reason.pending else "was built last"
    commit = commit_of_line(reason.place.file, reason.place.line)
    through = "schema" if reason.agent == unit.unit_id or unit.kind != "agent" else "interface"
    return [
        f"  {reason.place}  {change.pointer}  {state}",
        f"    {before} -> {after}",
        *([f"    commit {commit}"] if commit else []),
        f"    reaches it through the {through} of {reason.agent}",
    ]


def _way(found: Compiled, unit: UnitPlan, file: PlannedFile) -> list[str]:
    """Return who asks for the file, and the tasks that make it."""
    loaded = found.model.agents.get(unit.unit_id)
    place = loaded.places.get(own_pointer(file)) if loaded is not None else None
    asked = f"{place}  {file.pointer}" if place is not None else file.pointer or file.origin
    maker = f" by {file.pattern}" if file.pattern else ""
    steps: Sequence[str] = ("generate", "format", "install")
    name = unit.unit_id
    return [
        f"  asked for at {asked}",
        f"  made{maker}: {' -> '.join(f'{step}:{name}' for step in steps)}",
    ]


def _value(value: Plain, other: Plain) -> str:
    """Return a value as one line; of a text of many lines, those that the other does not have."""
    if isinstance(value, str) and isinstance(other, str) and "\n" in value:
        lines = other.splitlines()
        value = "\n".join(line for line in value.splitlines() if line not in lines)
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
