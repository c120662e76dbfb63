"""Parameters of a policy validator: whose policies it must know."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.auditing import kind_of, watched_of
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the agents whose policies are validated and the kind of violation.

    Raises:
        RefusalError: nobody is observed, or no rule names a violation of policy.
    """
    watched = list(watched_of(context))
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "kind": kind_of(context, "policies").row(),
        "watched": [*watched],
        "first": watched[0],
        "imports": import_groups(
            context.namespace,
            [
                ("pathlib", ["Path"]),
                ("typing", ["Final"]),
                ("agent_runtime.approvals", ["Credential"]),
                ("agent_runtime.auditing.batch", ["AuditBatch"]),
                ("agent_runtime.auditing.consistency", ["PolicyFlaw"]),
                ("agent_runtime.auditing.findings", ["Finding"]),
                (
                    "agent_runtime.auditing.pins",
                    ["PolicyPins", "accept_policies", "flaw_findings", "validate_policies"],
                ),
                ("agent_runtime.auditing.register", ["PolicyRegister", "load_register"]),
                ("agent_runtime.settings", ["AgentSettings"]),
                ("agent_runtime.tokens", ["TokenVerifier"]),
                ("agent_runtime.watch", ["AuditTrail"]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (context.module, ["KIND", "WATCHED", context.class_name]),
            ],
        ),
    }
