"""Signed checkpoints of an audit log, kept outside of it: the end of the chain at some time.

Whoever can write the log can compute a whole new chain that links perfectly. A checkpoint says what
the chain was, is signed, and lies in the archive, so that rewriting history or cutting off its end
is seen. `AuditKeeper` leaves checkpoints behind on schedule; `verify_log` holds a log against them.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self

from agent_runtime.audit import AuditHead, AuditLog, AuditVerdict
from agent_runtime.clock import Clock, isoformat
from agent_runtime.errors import MemoryLayerError, NotAuthenticatedError
from agent_runtime.jsontext import canonical_json, parse_object
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.memory.archive import Archive
from agent_runtime.schedule import Interval
from agent_runtime.scheduler import TaskScheduler
from agent_runtime.signatures import sign_json, verify_json
from agent_runtime.values import JsonObject

FOLDER: Final = "audit"
"""Where checkpoints lie in the archive, below the agent's prefix."""

KEEP_JOB: Final = "audit-checkpoint"
KEEP_SECONDS: Final = 900.0
"""How much of the log may be without a checkpoint."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditCheckpoint:
    """Where the chain of one agent ended at some time, with the signature of its key.

    `timestamp` is ISO 8601 in UTC.
    """

    agent: str
    head: AuditHead
    timestamp: str
    signature: str

    @classmethod
    def sign(cls, agent: str, head: AuditHead, key: SigningKey, *, clock: Clock) -> Self:
        """State that the log of `agent` ends at `head` now."""
        timestamp = isoformat(clock())
        signature = sign_json(_statement(agent, head, timestamp), key)
        return cls(agent=agent, head=head, timestamp=timestamp, signature=signature)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `to_json` gave, as canonical JSON; whether to believe it is for `verify`.

        Raises:
            MemoryLayerError: it is no checkpoint.
        """
        fields = parse_object(text)
        sequence = fields.get("sequence")
        if not isinstance(sequence, int):
            raise MemoryLayerError("an archived checkpoint of the audit log is damaged")
        return cls(
            agent=str(fields.get("agent")),
            head=AuditHead(sequence=sequence, digest=str(fields.get("digest"))),
            timestamp=str(fields.get("timestamp")),
            signature=str(fields.get("signature")),
        )

    def to_json(self) -> JsonObject:
        """Return the checkpoint as a JSON object."""
        return {
            **_statement(self.agent, self.head, self.timestamp),
            "signature": self.signature,
        }

    def verify(self, agent: str, keys: KeyRing) -> str:
        """Check that a trusted key of `agent` signed this, and return the id of that key.

        Raises:
            NotAuthenticatedError: it is of another agent, or no trusted key signed it.
        """
        if self.agent != agent:
            raise NotAuthenticatedError(f"the checkpoint is of {self.agent!r}, not of {agent!r}")
        return verify_json(_statement(self.agent, self.head, self.timestamp), self.signature, keys)


class AuditKeeper:
    """Leaves a signed checkpoint in the archive whenever the log has grown."""

    def __init__(
        self, agent: str, log: AuditLog, archive: Archive, key: SigningKey, *, clock: Clock
    ) -> None:
        self._agent = agent
        self._log = log
        self._archive = archive
        self._key = key
        self._clock = clock

    def keep(self) -> AuditCheckpoint | None:
        """Archive a checkpoint of the log as it is now; None if it has not grown since the last.

        Raises:
            MemoryLayerError: the log or the archive failed, or the log was tampered with.
        """
        head = self._log.head()
        key = f"{FOLDER}/{head.sequence:012d}.json"
        if head.sequence == 0 or key in self._archive.keys(f"{FOLDER}/"):
            return None
        checkpoint = AuditCheckpoint.sign(self._agent, head, self._key, clock=self._clock)
        self._archive.put(key, canonical_json(checkpoint.to_json()).encode("ascii"))
        return checkpoint

    def register(self, scheduler: TaskScheduler) -> None:
        """Keep checkpoints on schedule from now on.

        Raises:
            ConfigError: the job is registered already.
        """
        scheduler.register(KEEP_JOB, Interval(seconds=KEEP_SECONDS), lambda _run: self.keep())


def archived_checkpoints(archive: Archive) -> tuple[AuditCheckpoint, ...]:
    """Return all versions of all checkpoints in `archive`, by the length of the log.

    Raises:
        MemoryLayerError: the archive failed, or one of them is damaged.
    """
    return tuple(
        AuditCheckpoint.parse(archive.get(key, found.version).decode("ascii", "replace"))
        for key in archive.keys(f"{FOLDER}/")
        for found in archive.versions(key)
    )


def verify_log(
    log: AuditLog, agent: str, checkpoints: tuple[AuditCheckpoint, ...], keys: KeyRing
) -> AuditVerdict:
    """Hold `log` against its signed checkpoints; a forged checkpoint is a broken link as well.

    Args:
        log: the log.
        agent: id of the agent whose log it is.
        checkpoints: in the order of `archived_checkpoints`.
        keys: the keys that may sign checkpoints.

    Raises:
        MemoryLayerError: the log cannot be read.
    """
    for checkpoint in checkpoints:
        try:
            checkpoint.verify(agent, keys)
        except NotAuthenticatedError as error:
            sequence = checkpoint.head.sequence
            return AuditVerdict(
                intact=False,
                records=0,
                first_broken=sequence,
                reason=f"the checkpoint at {sequence} is not to be believed: {error}",
            )
    heads = [checkpoint.head for checkpoint in checkpoints]
    forked = {one.sequence for one, other in pairwise(heads) if _contradict(one, other)}
    if forked:
        first = min(forked)
        return AuditVerdict(
            intact=False, records=first - 1, first_broken=first, reason="two checkpoints disagree"
        )
    return log.verify(*heads)


def _contradict(one: AuditHead, other: AuditHead) -> bool:
    return one.sequence == other.sequence and one.digest != other.digest


def _statement(agent: str, head: AuditHead, timestamp: str) -> JsonObject:
    return {
        "agent": agent,
        "sequence": head.sequence,
        "digest": head.digest,
        "timestamp": timestamp,
    }
