"""Command: hold an audit log against its chain and its signed checkpoints.

    python -m agent_runtime.audit_verify LOG --agent NAME [--archive FOLDER --prefix P --keys JWKS]

Exit codes: 0 the log is intact, 1 a link is broken (the first is named), 2 it could not be read.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from agent_runtime.audit import AuditLog, AuditVerdict
from agent_runtime.auditcheckpoints import archived_checkpoints, verify_log
from agent_runtime.clock import system_clock
from agent_runtime.errors import AgentError
from agent_runtime.keys import KeyRing
from agent_runtime.memory.archive import open_local_archive
from agent_runtime.memory.topology import ArchiveSpec


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the log that the command line names, say the verdict, and return the exit code."""
    options = _parser().parse_args(arguments)
    if not options.log.is_file():
        sys.stderr.write(f"{options.log} is no file\n")
        return 2
    try:
        verdict, checkpoints = _verdict(options)
    except (AgentError, OSError) as error:
        sys.stderr.write(f"{options.log}: {error}\n")
        return 2
    if verdict.intact:
        against = f"{checkpoints} signed checkpoints" if options.archive else "no checkpoint"
        sys.stdout.write(f"intact: {verdict.records} records, held against {against}\n")
        return 0
    sys.stdout.write(f"broken at record {verdict.first_broken}: {verdict.reason}\n")
    return 1


def _verdict(options: argparse.Namespace) -> tuple[AuditVerdict, int]:
    log = AuditLog(options.log, clock=system_clock)
    if options.archive is None:
        return log.verify(), 0
    keys = KeyRing.from_jwks(options.keys.read_text(encoding="utf-8"))
    archive = open_local_archive(
        options.archive, ArchiveSpec(prefix=options.prefix or options.agent), system_clock
    )
    checkpoints = archived_checkpoints(archive)
    return verify_log(log, options.agent, checkpoints, keys), len(checkpoints)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m agent_runtime.audit_verify")
    parser.add_argument("log", type=Path, help="the audit log, a file of JSON lines")
    parser.add_argument("--agent", required=True, help="id of the agent whose log it is")
    parser.add_argument("--archive", type=Path, help="folder of the archive with checkpoints")
    parser.add_argument("--prefix", help="the agent's prefix in the archive (default: its id)")
    parser.add_argument("--keys", type=Path, help="JWKS of the keys that sign checkpoints")
    return parser


if __name__ == "__main__":
    sys.exit(main())
