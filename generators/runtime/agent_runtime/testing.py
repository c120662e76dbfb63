"""What tests of agent modules stand on: real embedded stores in one folder, and a clock that waits.

Nothing here is a mock. A test builds an `AgentBench` in its `tmp_path`, hands its parts to the
module under test, and looks at what reached the audit log, the memory layers and the anchors.
"""

from collections.abc import Iterable
from pathlib import Path

from agent_runtime.audit import AuditLog
from agent_runtime.bus import SqliteBus
from agent_runtime.clock import ManualClock
from agent_runtime.escalation import EscalationQueue
from agent_runtime.flags import Flags
from agent_runtime.governance import Governance
from agent_runtime.handover.passing import BundleFolder, Handover
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.memory.layers import open_embedded
from agent_runtime.memory.topology import MemoryTopology
from agent_runtime.policy import GATED, HYBRID, Anchor, Policy
from agent_runtime.replay import MemoryReplayLedger
from agent_runtime.rules import Rule, RuleSet
from agent_runtime.signals import Signal
from agent_runtime.tokens import TokenIssuer, TokenVerifier

TRACE = "11111111-1111-4111-8111-111111111111"
"""A trace id for tests."""

DEFAULT_POLICY = Policy(
    mode=HYBRID,
    human_override=True,
    anchors=(Anchor(name="Test Anchor"),),
    internal_decisions="full",
    external_actions=GATED,
    audit_scope=(),
)
"""A policy for tests that do not bring their own."""


class AgentBench:
    """The surroundings of one agent.

    Attributes:
        clock: stands still until a test advances it.
        audit: the audit log.
        escalations: what waits for the anchors.
        governance: governance over the given signals and rules.
        layers: the declared memory layers.
        bus: the event bus.
        verifier: believes the tokens that `token` makes.
    """

    def __init__(
        self,
        root: Path,
        *,
        agent: str,
        signals: Iterable[Signal] = (),
        rules: Iterable[Rule] = (),
        policy: Policy = DEFAULT_POLICY,
        topology: MemoryTopology | None = None,
        flags: Flags | None = None,
    ) -> None:
        self.agent = agent
        self.clock = ManualClock()
        self.audit = AuditLog(root / "audit.jsonl", clock=self.clock)
        self.escalations = EscalationQueue(root / "escalations.db", self.clock)
        self._key = SigningKey.generate()
        self.verifier = TokenVerifier(
            KeyRing.of(self._key),
            audience=agent,
            clock=self.clock,
            ledger=MemoryReplayLedger(self.clock),
        )
        self.governance = Governance(
            agent=agent,
            policy=policy,
            rules=RuleSet(signals, rules),
            audit=self.audit,
            escalations=self.escalations,
            approvals=self.verifier,
            clock=self.clock,
            flags=flags,
        )
        self.layers = open_embedded(root, topology or MemoryTopology(agent=agent), self.clock)
        self.bus = SqliteBus(root / "bus.db", self.clock)

    def token(self, *roles: str, subject: str = "tester", action: str | None = None) -> str:
        """Return a token for this agent with `roles`, valid for a minute."""
        issuer = TokenIssuer(self._key, clock=self.clock)
        return issuer.issue(subject, roles, self.agent, 60, action=action)

    def handover(self, folder: Path, sender: str) -> Handover:
        """Return the means of the agent `sender`, whom this agent trusts, to hand models over."""
        return Handover(
            agent=sender,
            bundles=BundleFolder(folder),
            issuer=TokenIssuer(self._key, clock=self.clock),
            verifier=self.verifier,
        )

    def actions(self) -> list[str]:
        """Return the actions in the audit log, oldest first."""
        return [record.action for record in self.audit.records()]
