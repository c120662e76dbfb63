"""What an audit finds: kinds of violation, and findings with their evidence."""

import hashlib
from dataclasses import dataclass
from typing import Final

from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.jsontext import canonical_json, checked_object
from agent_runtime.rules import SEVERITIES
from agent_runtime.values import JsonObject

_ID_LENGTH: Final = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class ViolationKind:
    """A kind of violation that the schema names.

    Attributes:
        name: as rules spell it, e.g. `policy_violation_detected`.
        severity: one of `rules.SEVERITIES`.
        measured: True if a rule reads how much there is of it, False if it is or is not.
        source: schema field that names it.
    """

    name: str
    severity: str
    measured: bool
    source: str

    def __post_init__(self) -> None:
        """Check the declaration.

        Raises:
            ConfigError: the name is empty or there is no such severity.
        """
        if not self.name or self.severity not in SEVERITIES:
            raise ConfigError(f"violation kind {self.name!r} of severity {self.severity!r}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that an audit found wrong.

    The same kind about the same agent and subject is the same finding, however often it is seen.

    Attributes:
        kind: name of a `ViolationKind`.
        agent: whose conduct it is about.
        subject: what it is about: a decision, a comparison in a period, a set of trades.
        reason: why it is a violation, in words, with the numbers.
        evidence: all it was concluded from; finite JSON.
        trace_id: of the decision, or of the audit.
        level: how much there is of it, for kinds that are measured; else 1.

    Raises:
        InputBoundsError: a text is empty, or the evidence is no finite JSON object.
    """

    kind: str
    agent: str
    subject: str
    reason: str
    evidence: JsonObject
    trace_id: str
    level: float = 1.0

    def __post_init__(self) -> None:
        if not all((self.kind, self.agent, self.subject, self.reason, self.trace_id)):
            raise InputBoundsError("a finding needs its kind, agent, subject, reason and trace")
        if not self.evidence:
            raise InputBoundsError(f"finding about {self.subject}: no evidence")
        checked_object(self.evidence, name="evidence", refuse=InputBoundsError)

    @property
    def finding_id(self) -> str:
        """Digest of kind, agent and subject: what makes two findings one."""
        text = canonical_json([self.kind, self.agent, self.subject])
        return hashlib.sha256(text.encode("ascii")).hexdigest()[:_ID_LENGTH]
