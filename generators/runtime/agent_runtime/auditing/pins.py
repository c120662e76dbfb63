"""Remember the digest of each agent's policies, so that a change is seen whoever makes it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from agent_runtime.approvals import Credential, consent
from agent_runtime.auditing.consistency import PolicyFlaw, analyse_register
from agent_runtime.auditing.findings import Finding
from agent_runtime.auditing.register import PolicyRegister
from agent_runtime.database import Database
from agent_runtime.errors import InputBoundsError
from agent_runtime.tokens import TokenVerifier
from agent_runtime.watch import AuditTrail

ACCEPT: Final = "accept_policies"
"""The action that a token limited to one must approve."""

ACCEPTED: Final = "policies.accepted"

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS pins (agent TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;
"""


class PolicyPins:
    """The digests that were first seen, or accepted since."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it.

        Raises:
            MemoryLayerError: it cannot be opened.
        """
        self._database = Database(path, _TABLES, durable=True)

    def pinned(self, agent: str, digest: str) -> str:
        """Return the digest remembered for `agent`; the first one ever shown is."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO pins VALUES (?, ?) ON CONFLICT (agent) DO NOTHING", (agent, digest)
            )
        ((found,),) = self._database.rows("SELECT digest FROM pins WHERE agent = ?", (agent,))
        return str(found)

    def accept(self, agent: str, digest: str) -> None:
        """Remember `digest` from now on: the change was announced."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO pins VALUES (?1, ?2) ON CONFLICT (agent) DO UPDATE SET digest = ?2",
                (agent, digest),
            )

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def validate_policies(
    register: PolicyRegister, pins: PolicyPins, watched: Iterable[str]
) -> tuple[PolicyFlaw, ...]:
    """Return what is wrong with the policies: inconsistent, changed, or not known at all.

    Args:
        register: the policies as they are now.
        pins: the digests as they were.
        watched: agents whose policies must be known.
    """
    flaws = [*analyse_register(register)]
    for agent, policies in sorted(register.agents.items()):
        before = pins.pinned(agent, policies.digest)
        if before != policies.digest:
            flaws.append(
                PolicyFlaw(
                    flaw="changed",
                    agent=agent,
                    rules=(policies.digest[:12],),
                    reason=f"the policies of {agent} changed from {before[:12]} to"
                    f" {policies.digest[:12]}",
                )
            )
    flaws += [
        PolicyFlaw(
            flaw="unknown_agent",
            agent=agent,
            rules=(),
            reason=f"the register holds no policies of {agent}",
        )
        for agent in sorted(watched)
        if agent not in register.agents
    ]
    return tuple(flaws)


def flaw_findings(kind: str, flaws: Sequence[PolicyFlaw], trace_id: str) -> tuple[Finding, ...]:
    """Return a finding for each flaw, the same as long as the flaw is there."""
    return tuple(
        Finding(
            kind=kind,
            agent=flaw.agent,
            subject=":".join(("policies", flaw.flaw, *flaw.rules)),
            reason=flaw.reason,
            evidence={"flaw": flaw.flaw, "rules": list(flaw.rules)},
            trace_id=trace_id,
        )
        for flaw in flaws
    )


def accept_policies(
    register: PolicyRegister,
    pins: PolicyPins,
    agent: str,
    *,
    token: Credential | None,
    verifier: TokenVerifier,
    audit: AuditTrail,
    trace_id: str,
) -> None:
    """Take the present policies of `agent` as announced, by whoever holds a governance token.

    Raises:
        InputBoundsError: the register holds no policies of the agent.
        NotAuthenticatedError: the token is missing or not believed.
        NotAuthorisedError: the token lacks the role or is for another action.
    """
    policies = register.agents.get(agent)
    if policies is None:
        raise InputBoundsError(f"the register holds no policies of {agent}")
    claims = consent(token, ACCEPT, verifier)
    audit.append(
        ACCEPTED,
        actor=claims.subject,
        subject=agent,
        detail={"digest": policies.digest, "token_id": claims.token_id},
        trace_id=trace_id,
    )
    pins.accept(agent, policies.digest)
