"""`doit answer`: take what a model or a person wrote for a file, and lock it."""

from generators.engine.build.compiled import compiled, source_files
from generators.engine.build.extraction import extraction_lock, read_entries, write_entries
from generators.engine.build.own_command import OwnCommand
from generators.engine.extract.contract import Contract, contracts
from generators.engine.extract.lock import Entry, LockError, seal, with_entry
from generators.engine.gates.extracted_code import refused
from generators.engine.gates.source import read_source
from generators.engine.shell.environment import BuildSettings, current_environment, read_settings
from generators.engine.shell.files import is_file, read_bytes

_REFUSED, _WRONG_CALL = 1, 3
_LONGEST_BYTES = 100_000


class AnswerCommand(OwnCommand):
    """doit's plugin."""

    name = "answer"
    doc_purpose = "take what a model or a person wrote for a file, and lock it"
    doc_usage = "AGENT FILE --from PATH"
    doc_description = None
    cmd_options = (
        {
            "name": "given",
            "long": "from",
            "type": str,
            "default": "",
            "help": "the Python file that answers the contract",
        },
        {
            "name": "author",
            "long": "by",
            "type": str,
            "default": "",
            "help": "who wrote it: the name of a model or a person",
        },
    )

    def _execute(self, given: str, author: str, pos_args: list[str]) -> int:
        """Check the answer and write its entry; without a fault in it, nothing else changes."""
        settings = read_settings(current_environment())
        self.dep_manager.close()
        found = _asked(settings, pos_args)
        if found is None or not is_file(given):
            self.outstream.write(f"nothing was taken: {_wrong_call(settings, given, pos_args)}\n")
            return _WRONG_CALL
        collection, version, contract = found
        content = read_bytes(given)
        problems = answer_problems(contract, content)
        if problems:
            self.outstream.writelines(f"refused   {problem}\n" for problem in problems)
            return _REFUSED
        entry = manual_entry(contract, content.decode(), author=author, version=version)
        try:
            entries = read_entries(settings, collection)
        except LockError as fault:
            self.outstream.write(f"nothing was taken: {fault}\n")
            return _REFUSED
        write_entries(settings, collection, with_entry(entries, entry))
        self.outstream.write(
            f"locked    {contract.path} as entry {entry.entry[:12]}\n"
            f"in        {extraction_lock(settings, collection)}; commit it\n"
            f"next      doit verdict:{contract.agent} holds it against all gates and its examples\n"
        )
        return 0


def answer_problems(contract: Contract, content: bytes) -> tuple[str, ...]:
    """Return why an answer cannot be locked; nothing if it can.

    The build judges the rest: types, gates, and the examples of the contract.

    Args:
        contract: what it answers.
        content: the bytes of the file.
    """
    if len(content) > _LONGEST_BYTES:
        return (f"{len(content)} bytes are more than the {_LONGEST_BYTES} that are read",)
    try:
        text = content.decode()
    except UnicodeError as fault:
        return (f"the file is no text in UTF-8: {fault}",)
    source = read_source(contract.path, text, None)
    if source.error is not None:
        line, column, message = source.error
        noise = "; leave the fences of Markdown away" if "```" in text else ""
        return (f"{line}:{column} cannot be parsed: {message}{noise}",)
    defined = {function.name for function in source.functions}
    lacking = [f.target.name for f in contract.functions if f.target.name not in defined]
    missing = (f"defines no function {name}, which the contract asks for" for name in lacking)
    beyond = (f"{p.line}:{p.column} {p.message}; {p.repair}" for p in refused(source))
    return (*missing, *beyond)


def manual_entry(contract: Contract, text: str, *, author: str, version: str) -> Entry:
    """Return the lock entry of an answer that came as a file.

    Args:
        contract: what it answers; its digest stands for the prompt as well.
        text: the answer.
        author: who wrote it.
        version: version of the collection.
    """
    digest = contract.digest
    return seal(
        Entry(
            agent=contract.agent,
            path=contract.path,
            contract=digest,
            prompt=digest,
            extractor="manual",
            model=author,
            schema_version=version,
            output=text if text.endswith("\n") else f"{text}\n",
        )
    )


def _asked(settings: BuildSettings, words: list[str]) -> tuple[str, str, Contract] | None:
    """Return collection, version and contract of the file that the words name, if one is asked."""
    if len(words) != len(("agent", "file")):
        return None
    for name in source_files(settings):
        model = compiled(settings, name).model.collection
        for contract in contracts(model):
            names = (contract.asked, contract.asked.rpartition("/")[2])
            if contract.agent == words[0] and words[1] in names:
                return name, model.version, contract
    return None


def _wrong_call(settings: BuildSettings, given: str, words: list[str]) -> str:
    if _asked(settings, words) is not None:
        return f"--from names no file: {given!r}"
    open_ones = [
        f"{contract.agent} {contract.asked.rpartition('/')[2]}"
        for name in source_files(settings)
        for contract in contracts(compiled(settings, name).model.collection)
    ]
    return f"no such file is left to an extractor; there are {', '.join(open_ones) or 'none'}"
