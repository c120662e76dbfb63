"""Commands for whoever runs an agent: backups, erasure of a person, dead letters of the bus.

    python -m agent_runtime.upkeep backup FOLDER TARGET     while the agent runs
    python -m agent_runtime.upkeep check BACKUP
    python -m agent_runtime.upkeep restore BACKUP FOLDER    into a new folder
    python -m agent_runtime.upkeep erase FOLDER PERSON --by NAME
    python -m agent_runtime.upkeep erasures FOLDER          to be kept beside backups
    python -m agent_runtime.upkeep repeat FOLDER FILE       erase again after a restore
    python -m agent_runtime.upkeep letters BUS
    python -m agent_runtime.upkeep replay BUS CONSUMER [MESSAGE]

FOLDER is the agent's `data.folder`, BUS the file `bus.file`. A backup holds everything but the
master key of personal data, `memory/personal.key`: who keeps both in one place has erased nobody.
Answers are lines of JSON. Exit codes: 0 done, 1 refused or failed, 2 not a command.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Final

from agent_runtime.audit import AuditLog
from agent_runtime.backup import back_up, check_backup, restore
from agent_runtime.bus import SqliteBus
from agent_runtime.clock import system_clock
from agent_runtime.errors import AgentError, InputBoundsError
from agent_runtime.packets import new_id
from agent_runtime.values import JsonObject
from agent_runtime.vault import SubjectVault, open_vault

MASTER_KEY: Final = "memory/personal.key"
ERASED: Final = "person_erased"
"""Action of the audit record of an erasure; its subject is the reference, not the person."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], Iterator[JsonObject]] = given.command
    try:
        for line in command(given):
            sys.stdout.write(json.dumps(line) + "\n")
    except (AgentError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _backup(given: argparse.Namespace) -> Iterator[JsonObject]:
    report = back_up(given.folder, given.target, clock=system_clock, apart=(MASTER_KEY,))
    yield asdict(report)


def _check(given: argparse.Namespace) -> Iterator[JsonObject]:
    yield asdict(check_backup(given.backup))


def _restore(given: argparse.Namespace) -> Iterator[JsonObject]:
    yield asdict(restore(given.backup, given.folder))


def _erase(given: argparse.Namespace) -> Iterator[JsonObject]:
    with closing(_vault(given.folder)) as vault:
        reference, erased = vault.reference(given.person), vault.erase(given.person)
    _audited(given.folder, given.by, reference, {"key_destroyed": erased})
    yield {"person": reference, "key_destroyed": erased}


def _erasures(given: argparse.Namespace) -> Iterator[JsonObject]:
    with closing(_vault(given.folder)) as vault:
        for reference in vault.erasures():
            yield {"person": reference}


def _repeat(given: argparse.Namespace) -> Iterator[JsonObject]:
    try:
        lines = given.file.read_text(encoding="utf-8").splitlines()
        references = [str(json.loads(line)["person"]) for line in lines if line]
    except (ValueError, KeyError, TypeError) as error:
        raise InputBoundsError(f"{given.file.name} is no list of erasures") from error
    with closing(_vault(given.folder)) as vault:
        destroyed = vault.erase_references(references)
    for reference in references:
        _audited(given.folder, given.by, reference, {"repeated": True})
    yield {"persons": len(references), "keys_destroyed": destroyed}


def _letters(given: argparse.Namespace) -> Iterator[JsonObject]:
    with closing(_bus(given.bus)) as bus:
        for each in bus.dead_letters():
            yield {
                "consumer": each.consumer,
                "message": each.message_id,
                "topic": each.topic,
                "attempts": each.attempts,
                "error": each.error,
            }


def _replay(given: argparse.Namespace) -> Iterator[JsonObject]:
    with closing(_bus(given.bus)) as bus:
        yield {"replayed": bus.replay(given.consumer, given.message)}


def _vault(folder: Path) -> SubjectVault:
    path = folder / "memory" / "vault.db"
    if not path.is_file():
        raise InputBoundsError(f"{folder.name} holds nothing about persons")
    return open_vault(path, folder / MASTER_KEY, system_clock)


def _bus(path: Path) -> SqliteBus:
    if not path.is_file():
        raise InputBoundsError(f"{path.name} is no bus")
    return SqliteBus(path, system_clock)


def _audited(folder: Path, who: str, reference: str, detail: JsonObject) -> None:
    log = AuditLog(folder / "audit.jsonl", clock=system_clock)
    log.append(ERASED, actor=who, subject=reference, detail=detail, trace_id=new_id())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m agent_runtime.upkeep")
    commands = parser.add_subparsers(required=True)

    def add(
        name: str, command: Callable[[argparse.Namespace], Iterator[JsonObject]], *places: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name)
        added.set_defaults(command=command)
        for place in places:
            added.add_argument(place, type=Path)
        return added

    add("backup", _backup, "folder", "target")
    add("check", _check, "backup")
    add("restore", _restore, "backup", "folder")
    erase = add("erase", _erase, "folder")
    erase.add_argument("person", help="as records name them, for example a buyer_id")
    add("erasures", _erasures, "folder")
    repeat = add("repeat", _repeat, "folder", "file")
    for each in (erase, repeat):
        each.add_argument("--by", required=True, help="who answers for it; kept in the audit log")
    add("letters", _letters, "bus")
    replay = add("replay", _replay, "bus")
    replay.add_argument("consumer")
    replay.add_argument("message", nargs="?", help="id of one message; all of the consumer without")
    return parser


if __name__ == "__main__":
    sys.exit(main())
