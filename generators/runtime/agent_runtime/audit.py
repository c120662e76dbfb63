"""The audit log: append-only lines, each holding the digest of the one before.

A line is the canonical JSON of a record; its ``digest`` is the SHA-256 of that text without the
digest, and the next record's ``previous``. Changing, removing, inserting or reordering a line
breaks a link that `AuditLog.verify` names. Cutting off the end is seen against an `AuditHead`
that was kept elsewhere.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_runtime.clock import Clock, isoformat
from agent_runtime.errors import InputBoundsError, MemoryLayerError
from agent_runtime.jsontext import canonical_json, checked_object, parse_object
from agent_runtime.values import JsonObject, JsonValue

GENESIS: Final = "0" * 64
"""What the first record has as `previous`."""

RECOVERED: Final = "audit_recovered"
"""Action of the record that notes a line cut short by a crash, which nobody was promised."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRecord:
    """One link of the chain; `sequence` counts from 1, `timestamp` is ISO 8601 in UTC."""

    sequence: int
    timestamp: str
    actor: str
    action: str
    subject: str
    detail: JsonObject
    trace_id: str
    previous: str
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditHead:
    """The end of the chain at some time: the number of records and the digest of the last."""

    sequence: int
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditVerdict:
    """Whether the chain holds.

    Attributes:
        intact: True if every link holds.
        records: how many records hold, counted from the first.
        first_broken: sequence number at which the chain breaks, or None.
        reason: what is wrong there; empty if nothing is.
    """

    intact: bool
    records: int
    first_broken: int | None
    reason: str


class AuditLog:
    """An audit log file that threads and processes append to at the same time."""

    def __init__(self, path: Path, *, clock: Clock) -> None:
        """Open the log; its folder is created, an existing log continued.

        Raises:
            MemoryLayerError: the folder or file cannot be made.
        """
        self._path = path
        self._clock = clock
        self._guard = threading.Lock()
        self._end = 0
        self._head = AuditHead(sequence=0, digest=GENESIS)
        with _faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    def append(
        self, action: str, *, actor: str, subject: str, detail: JsonObject, trace_id: str
    ) -> AuditRecord:
        """Add a record; when this returns, the record is on the disk.

        Args:
            action: what was done, e.g. ``decision_recorded``.
            actor: the agent, person or token subject that did it.
            subject: what it was done to.
            detail: more facts; any finite JSON object.
            trace_id: the causal chain it belongs to.

        Raises:
            InputBoundsError: the action is empty, or `detail` is not finite JSON.
            MemoryLayerError: the log cannot be written, or its end was tampered with.
        """
        if not action:
            raise InputBoundsError("an audit record needs its action")
        checked = checked_object(detail, name="detail", refuse=InputBoundsError)
        with self._guard, self._locked(fcntl.LOCK_EX) as descriptor:
            self._catch_up(descriptor)
            fields: dict[str, JsonValue] = {
                "actor": actor,
                "action": action,
                "subject": subject,
                "detail": checked,
                "trace_id": trace_id,
            }
            return self._write(descriptor, fields)

    def records(self) -> Iterator[AuditRecord]:
        """Read the complete records in order, without judging the chain.

        Raises:
            MemoryLayerError: the file cannot be read, or a line is no record.
        """
        for line in self._lines():
            yield _record(line)

    def head(self) -> AuditHead:
        """Return the end of the chain, to be kept elsewhere as a check against truncation.

        Raises:
            MemoryLayerError: the file cannot be read, or its end was tampered with.
        """
        with self._guard, self._locked(fcntl.LOCK_EX) as descriptor:
            self._catch_up(descriptor)
            return self._head

    def verify(self, *checkpoints: AuditHead) -> AuditVerdict:
        """Recompute every digest and every link, and compare with earlier `checkpoints`.

        Raises:
            MemoryLayerError: the file cannot be read.
        """
        kept = {checkpoint.sequence: checkpoint.digest for checkpoint in checkpoints}
        previous, good = GENESIS, 0
        for line in self._lines():
            problem = _link_problem(line, good + 1, previous)
            if problem is None:
                previous = _record(line).digest
                if kept.get(good + 1, previous) != previous:
                    problem = "differs from checkpoint"
            if problem is not None:
                return AuditVerdict(
                    intact=False, records=good, first_broken=good + 1, reason=problem
                )
            good += 1
        last = max(kept, default=0)
        if last > good:
            reason = f"cut off: the checkpoint has {last} records"
            return AuditVerdict(intact=False, records=good, first_broken=good + 1, reason=reason)
        return AuditVerdict(intact=True, records=good, first_broken=None, reason="")

    def _lines(self) -> list[bytes]:
        """Return all lines, a torn last one without its line break."""
        with self._locked(fcntl.LOCK_SH) as descriptor:
            lines, torn = _split(os.pread(descriptor, os.fstat(descriptor).st_size, 0))
        return [*lines, torn] if torn else lines

    @contextlib.contextmanager
    def _locked(self, kind: int) -> Iterator[int]:
        with _faults(self._path):
            descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
            try:
                fcntl.flock(descriptor, kind)
                yield descriptor
            finally:
                os.close(descriptor)

    def _catch_up(self, descriptor: int) -> None:
        """Learn what other processes appended since this one last looked."""
        size = os.fstat(descriptor).st_size
        if size < self._end:
            raise MemoryLayerError(f"{self._path.name}: shrank from {self._end} to {size} bytes")
        fresh = os.pread(descriptor, size - self._end, self._end)
        lines, torn = _split(fresh)
        for line in lines:
            following = self._head.sequence + 1
            problem = _link_problem(line, following, self._head.digest)
            if problem is not None:
                raise MemoryLayerError(f"{self._path.name}: record {following} {problem}")
            self._advance(line)
        if torn:
            os.ftruncate(descriptor, self._end)
            lost: dict[str, JsonValue] = {
                "bytes": len(torn),
                "sha256": hashlib.sha256(torn).hexdigest(),
            }
            self._write(
                descriptor,
                {
                    "actor": "audit",
                    "action": RECOVERED,
                    "subject": self._path.name,
                    "detail": lost,
                    "trace_id": "",
                },
            )

    def _write(self, descriptor: int, fields: dict[str, JsonValue]) -> AuditRecord:
        fields["sequence"] = self._head.sequence + 1
        fields["timestamp"] = isoformat(self._clock())
        fields["previous"] = self._head.digest
        fields["digest"] = _digest(fields)
        line = canonical_json(fields).encode("ascii") + b"\n"
        try:
            _write_whole(descriptor, line)
        except OSError:
            os.ftruncate(descriptor, self._end)  # a record is there whole or not at all
            raise
        self._advance(line)
        return _record(line)

    def _advance(self, line: bytes) -> None:
        record = _record(line)
        self._head = AuditHead(sequence=record.sequence, digest=record.digest)
        self._end += len(line)


@contextlib.contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MemoryLayerError(f"{path.name}: {error}") from error


def _write_whole(descriptor: int, line: bytes) -> None:
    written = os.write(descriptor, line)
    if written < len(line):
        raise OSError(f"only {written} of {len(line)} bytes written")
    os.fsync(descriptor)


def _split(data: bytes) -> tuple[list[bytes], bytes]:
    """Cut `data` into whole lines and what follows the last line break."""
    *lines, torn = data.split(b"\n")
    return [line + b"\n" for line in lines], torn


def _digest(fields: JsonObject) -> str:
    signed = {name: value for name, value in fields.items() if name != "digest"}
    return hashlib.sha256(canonical_json(signed).encode("ascii")).hexdigest()


def _link_problem(line: bytes, sequence: int, previous: str) -> str | None:
    """Say why `line` is not the record that follows `previous`, or None if it is."""
    if not line.endswith(b"\n"):
        return "is cut short"
    try:
        fields = json.loads(line)
        record = _record(line)
        canonical = canonical_json(fields).encode("ascii") + b"\n"
    except (ValueError, MemoryLayerError):
        return "is no record"
    if line != canonical:
        return "is not in canonical form"
    checks = (
        (record.sequence == sequence, f"has the number {record.sequence}"),
        (record.previous == previous, "does not follow from the record before it"),
        (record.digest == _digest(fields), "does not match its digest"),
    )
    return next((problem for holds, problem in checks if not holds), None)


def _record(line: bytes) -> AuditRecord:
    fields = parse_object(line.decode("ascii", "replace"))
    detail, sequence = fields.get("detail"), fields.get("sequence")
    if not isinstance(detail, dict) or not isinstance(sequence, int):
        raise MemoryLayerError("audit line is no record")
    return AuditRecord(
        sequence=sequence,
        timestamp=str(fields.get("timestamp")),
        actor=str(fields.get("actor")),
        action=str(fields.get("action")),
        subject=str(fields.get("subject")),
        detail=detail,
        trace_id=str(fields.get("trace_id")),
        previous=str(fields.get("previous")),
        digest=str(fields.get("digest")),
    )
