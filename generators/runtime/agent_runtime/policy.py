"""The governance part of an agent's schema: who oversees it, and what it may decide by itself."""

from dataclasses import dataclass
from typing import Final, Literal

from agent_runtime.errors import ConfigError

Autonomy = Literal["full", "gated_by_governance", "none"]
Mode = Literal["hybrid", "autonomous", "supervised"]

FULL: Final = "full"
GATED: Final = "gated_by_governance"
NONE: Final = "none"
AUTONOMY_SCOPES: Final = (FULL, GATED, NONE)

HYBRID: Final = "hybrid"
"""Autonomy as declared; what has an open escalation waits for an answer."""
AUTONOMOUS: Final = "autonomous"
"""Autonomy as declared; escalations inform and hold nothing up."""
SUPERVISED: Final = "supervised"
"""As hybrid, and every act needs an approval, also one declared `full`."""
MODES: Final = (HYBRID, AUTONOMOUS, SUPERVISED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Anchor:
    """Someone who answers for the agent.

    Attributes:
        name: As the schema spells it.
        role: What the anchor decides, e.g. `regulation_and_policy`.
        channels: Where the anchor is told besides the escalation queue, e.g. `slack`.
    """

    name: str
    role: str = "anchor"
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The declared limits of an agent's autonomy.

    Attributes:
        mode: One of `MODES`.
        human_override: Whether a human may replace the agent's decision.
        anchors: Who is told of escalations; at least one.
        internal_decisions: One of `AUTONOMY_SCOPES`.
        external_actions: One of `AUTONOMY_SCOPES`.
        task_limit: Tasks at a time; None means without limit.
        audit_scope: Names of the agent's own events that go into the audit trail.
        compliance_auditor: Path of the module that audits the agent, or None.
    """

    mode: str
    human_override: bool
    anchors: tuple[Anchor, ...]
    internal_decisions: str
    external_actions: str
    task_limit: int | None = None
    audit_scope: tuple[str, ...] = ()
    compliance_auditor: str | None = None

    def __post_init__(self) -> None:
        """Check the declaration.

        Raises:
            ConfigError: an unknown mode or autonomy scope, no anchor, two anchors of one name, or
                a task limit below 1.
        """
        if self.mode not in MODES:
            raise ConfigError(f"governance mode {self.mode!r} is not one of {', '.join(MODES)}")
        for scope in (self.internal_decisions, self.external_actions):
            if scope not in AUTONOMY_SCOPES:
                allowed = ", ".join(AUTONOMY_SCOPES)
                raise ConfigError(f"autonomy scope {scope!r} is not one of {allowed}")
        names = self.anchor_names
        if not names or len(set(names)) < len(names):
            raise ConfigError("governance needs at least one anchor, and each only once")
        if self.task_limit is not None and self.task_limit < 1:
            raise ConfigError(f"the task limit must be at least 1, not {self.task_limit}")

    @property
    def anchor_names(self) -> tuple[str, ...]:
        """Names of the anchors, in order of declaration."""
        return tuple(anchor.name for anchor in self.anchors)

    @property
    def holds_escalated(self) -> bool:
        """Whether an escalated subject may not act outside until it is answered."""
        return self.mode != AUTONOMOUS

    def effective(self, declared: str) -> str:
        """Return the autonomy scope that applies in this mode; a mode only ever tightens."""
        return GATED if self.mode == SUPERVISED and declared == FULL else declared
