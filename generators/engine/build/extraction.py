"""The extraction lock of a collection on disk, and the code that it gives to the plan."""

from collections.abc import Mapping

from generators.engine.extract.contract import contracts
from generators.engine.extract.lock import Entry, LockError, answer_of, parse_lock, render_lock
from generators.engine.findings import Finding, Place
from generators.engine.model.agent import Collection
from generators.engine.plan.linked_code import LinkedFile
from generators.engine.plan.plan_agent import cited
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import is_file, read_bytes, read_optional, write_if_changed


def extraction_lock(settings: BuildSettings, collection: str) -> str:
    """Return where the extraction lock of a collection is, or would be."""
    return f"{settings.inputs}/{collection}.extraction.lock"


def extraction_files(settings: BuildSettings, collection: str) -> tuple[str, ...]:
    """Return the extraction lock of a collection, if it has one."""
    path = extraction_lock(settings, collection)
    return (path,) if is_file(path) else ()


def read_entries(settings: BuildSettings, collection: str) -> tuple[Entry, ...]:
    """Return every accepted answer of a collection.

    Raises:
        LockError: the lock cannot be trusted.
    """
    path = extraction_lock(settings, collection)
    return parse_lock(read_optional(path), file=path)


def write_entries(settings: BuildSettings, collection: str, entries: tuple[Entry, ...]) -> None:
    """Write the extraction lock, whole or not at all."""
    write_if_changed(extraction_lock(settings, collection), render_lock(entries))


def extracted_code(
    settings: BuildSettings, collection: Collection
) -> tuple[dict[str, LinkedFile], tuple[Finding, ...]]:
    """Return the code of the lock that answers a contract as it stands now, by repository path.

    A lock that cannot be trusted is a finding, and answers nothing.
    """
    asked = contracts(collection)
    file = extraction_lock(settings, collection.name)
    try:
        entries = read_entries(settings, collection.name) if asked else ()
    except LockError as fault:
        return {}, (_untrusted(file, str(fault)),)
    answered = ((contract, answer_of(contract, entries)) for contract in asked)
    code = {
        contract.path: LinkedFile(file=file, text=entry.output, entry=entry.entry)
        for contract, entry in answered
        if entry is not None
    }
    return code, ()


def _untrusted(file: str, message: str) -> Finding:
    return Finding(
        code="PL011",
        message=message,
        place=Place(file=file),
        repair="take the committed lock again, or remove the line and give the answer anew",
    )


def given_texts(plan: UnitPlan) -> Mapping[str, str]:
    """Return the text of every file of a unit that is not made, by repository path.

    Raises:
        LockError: the lock cannot be trusted.
    """
    texts = {file.path: read_bytes(file.source).decode() for file in plan.in_role("linked")}
    for file in plan.files:
        if file.origin == "extract":
            entries = parse_lock(read_bytes(file.source), file=file.source)
            texts[file.path] = next(
                entry.output
                for entry in entries
                if file.pattern == cited(entry.entry) and entry.path == file.path
            )
    return texts
