"""The extraction lock: every accepted answer, one line an entry, named by its content.

The rules, all checked on reading, since the file is edited by merges and by hand:

* a line is one JSON object with sorted keys; lines are sorted by agent and path, each pair once;
* `entry` is the SHA-256 of the rest of the line, so that no field can change unseen;
* an entry answers exactly the contract whose digest it carries; the prompt only makes it stale.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from generators.engine.extract.contract import Contract

EXTRACTORS: Final = ("model", "manual")
"""Back ends whose answers are locked; what patterns make needs no entry."""


class LockError(Exception):
    """An extraction lock that cannot be trusted; the message names file, line and repair."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What an answer cost: calls, tokens, and their price in the currency of the price list."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    price: float = 0.0
    currency: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One accepted answer.

    Attributes:
        agent: id of the agent.
        path: repository path of the file.
        contract: digest of the contract that it was held to.
        prompt: digest of the prompt that was answered.
        extractor: `model` or `manual`.
        model: name of the model, or what the person calls the source.
        parameters: parameters of the call, as texts.
        schema_version: version of the collection that asked.
        cost: what it cost.
        output: the text of the file.
        entry: digest of all other fields.
    """

    agent: str
    path: str
    contract: str
    prompt: str
    extractor: str
    model: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    schema_version: str = ""
    cost: Cost = field(default_factory=Cost)
    output: str
    entry: str = ""


def seal(entry: Entry) -> Entry:
    """Return `entry` with the digest of its content."""
    data = msgspec.to_builtins(entry)
    data.pop("entry")
    digest = hashlib.sha256(_line(data).encode()).hexdigest()
    return replace(entry, entry=digest)


def render_lock(entries: Iterable[Entry]) -> bytes:
    """Return a lock file: one sorted line an entry."""
    ordered = sorted(entries, key=lambda each: (each.agent, each.path))
    return "".join(f"{_line(msgspec.to_builtins(each))}\n" for each in ordered).encode()


def parse_lock(content: bytes | None, *, file: str) -> tuple[Entry, ...]:
    """Return the entries of a lock file; none if there is no file.

    Args:
        content: its bytes.
        file: its path, for messages.

    Raises:
        LockError: a line is no entry, was changed after it was accepted, or stands out of order.
    """
    entries: list[Entry] = []
    for number, line in enumerate((content or b"").splitlines(), start=1):
        place = f"{file}:{number}"
        try:
            entry = msgspec.json.decode(line, type=Entry)
            again = _line(msgspec.to_builtins(entry))
        except (msgspec.DecodeError, UnicodeError) as error:
            raise LockError(f"{place}: no entry: {error}; {_MEND}") from error
        if again.encode() != line or seal(entry).entry != entry.entry:
            raise LockError(f"{place}: the entry was changed after it was accepted; {_MEND}")
        if entry.extractor not in EXTRACTORS:
            raise LockError(f"{place}: no extractor is called {entry.extractor!r}; {_MEND}")
        if entries and (entries[-1].agent, entries[-1].path) >= (entry.agent, entry.path):
            raise LockError(f"{place}: entries are sorted by agent and path, each once; {_MEND}")
        entries.append(entry)
    return tuple(entries)


_MEND: Final = "take the committed line again, or remove it and ask anew"


def with_entry(entries: Iterable[Entry], new: Entry) -> tuple[Entry, ...]:
    """Return the entries with `new` in place of what answered the same file."""
    others = (each for each in entries if (each.agent, each.path) != (new.agent, new.path))
    return (*others, new)


def answer_of(contract: Contract, entries: Iterable[Entry]) -> Entry | None:
    """Return the entry that answers exactly this contract, if there is one."""
    digest = contract.digest
    for entry in entries:
        same = (entry.agent, entry.path) == (contract.agent, contract.path)
        if same and entry.contract == digest:
            return entry
    return None


def prompt_digest(prompt: str) -> str:
    """Return the digest of a prompt, as entries carry it."""
    return hashlib.sha256(prompt.encode()).hexdigest()


def _line(data: object) -> str:
    return json.dumps(data, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
