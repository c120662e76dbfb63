"""Mutations of what an agent is wired to, and of what it declares after its schema."""

from tests.gates.mutations.edits import (
    Break,
    Mutation,
    append,
    both,
    flag_off,
    match,
    replanned,
    swap,
    swap_in_all,
    told,
    without_trait,
)

_BRIDGE = "governancebridge.py"
_MEMORY = "memorybridge.py"
_LAYERS = ("working", "episodic", "semantic", "causal", "archive")


def _disconnected(layer: str) -> Break:
    """Let nothing in the memory bridge reach a layer: not by itself, and not with all others."""
    other = "episodic" if layer == "working" else "working"
    return both(
        swap(_MEMORY, f"require_{layer}()", f"require_{other}()"),
        swap(_MEMORY, "import Decision, archive_batch, record_decision", "import Decision"),
        match(_MEMORY, r"return record_decision\(.*?\n        \)", "return audit.record(decision)"),
        match(_MEMORY, r"return archive_batch\(.*?\)", "return int(start)"),
    )


def _touching_all_but(layer: str) -> Break:
    """Let the controller use every other layer, so that only the one is missing."""
    calls = {
        "working": 'self.memory.cached("x")',
        "episodic": "self.memory.recall()",
        "semantic": 'self.memory.related("x")',
        "causal": 'self.memory.explain("x")',
        "archive": 'self.memory.archived("x")',
    }
    used = "; ".join(call for name, call in calls.items() if name != layer)
    return swap(
        "tensoraios_controller.py",
        "        self.world = WorldModelBridge(world)",
        f"        {used}\n        self.world = WorldModelBridge(world)",
    )


WIRING = (
    Mutation(
        "take a module from under governance",
        "governance_bridge",
        match(
            "modelvalidation.py", r"self\._governance\.observe_all\(.*?\n        \)", "int(drop)"
        ),
    ),
    Mutation(
        "hand a module something else than the bridge",
        "governance_bridge",
        both(
            swap("modelvalidation.py", "GovernanceBridge", "Governor"),
            swap("modelvalidation.py", "_governance", "_governor"),
        ),
    ),
    Mutation("let nothing be governed", "governance_bridge", without_trait("governed")),
    Mutation(
        "unwire an audit call",
        "audit_logging",
        swap("embedding_generator.py", "_governance.audit(", "_governance.permit("),
    ),
    Mutation(
        "unwire the audit of the bridge",
        "audit_logging",
        swap(_BRIDGE, "self._governance.audit(action", "self._governance.observe(action"),
    ),
    Mutation(
        "unwire the audit of models",
        "audit_logging",
        swap("model_loader.py", "self._governance.audit(", "self._governance.permit("),
    ),
    Mutation(
        "swap the threshold of one rule",
        "escalation",
        swap(
            _BRIDGE,
            'expression="anomaly_score > 0.95"',
            'expression="anomaly_score > 0.99"',
            times=1,
        ),
    ),
    Mutation(
        "turn a condition round",
        "escalation",
        swap(_BRIDGE, '"model_accuracy_drop > 0.05"', '"model_accuracy_drop < 0.05"'),
    ),
    Mutation(
        "leave a condition out of a rule",
        "escalation",
        swap(_BRIDGE, "model_confidence < 0.6 && criticality", "criticality"),
    ),
    Mutation(
        "drop a rule",
        "escalation",
        match(_BRIDGE, r'    Rule\(\n        rule_id="R-tensoraios-08".*?\n    \),\n', ""),
    ),
    Mutation(
        "invent a rule",
        "escalation",
        append(
            _BRIDGE, 'MORE: Final = Rule(rule_id="R-tensoraios-99", expression="latency > 1.0")'
        ),
    ),
    Mutation("soften a severity", "escalation", swap(_BRIDGE, '"critical"', '"low"')),
    Mutation("tell somebody else", "escalation", swap(_BRIDGE, 'target="ops"', 'target="team"')),
    Mutation(
        "let the bridge judge nothing",
        "escalation",
        both(
            swap(_BRIDGE, "_governance.observe(", "_governance.audit("),
            swap(_BRIDGE, "_governance.observe_signal(", "_governance.audit("),
            swap(_BRIDGE, "_governance.escalate(", "_governance.audit("),
        ),
    ),
    Mutation(
        "let no module feed the rules",
        "escalation",
        both(
            *(
                swap_in_all("module", f"overnance.{name}(", "overnance.permit(", but=_BRIDGE)
                for name in ("observe", "observe_all", "escalate")
            )
        ),
    ),
    Mutation("rename an anchor", "governance_declared", swap(_BRIDGE, '"Igor"', '"Egor"')),
    Mutation(
        "invent an anchor",
        "governance_declared",
        swap(_BRIDGE, "    anchors=(\n", '    anchors=(\n        Anchor(name="Eve"),\n'),
    ),
    Mutation(
        "audit less than declared",
        "governance_declared",
        swap(_BRIDGE, '"anomaly_flagging", ', ""),
    ),
    Mutation(
        "name another auditor",
        "governance_declared",
        swap(_BRIDGE, "auto_audit_tensoraios.py", "auto_audit_nobody.py"),
    ),
    Mutation(
        "let the agent decide alone",
        "governance_declared",
        swap(_BRIDGE, 'mode="hybrid"', 'mode="autonomous"'),
    ),
    Mutation(
        "forbid people to override",
        "governance_declared",
        swap(_BRIDGE, "human_override=True", "human_override=False"),
    ),
    Mutation(
        "open external actions",
        "governance_declared",
        swap(_BRIDGE, 'external_actions="gated_by_governance"', 'external_actions="full"'),
    ),
    Mutation(
        "raise the task limit",
        "governance_declared",
        swap(_BRIDGE, "task_limit=100", "task_limit=900"),
    ),
    *(
        Mutation(
            f"disconnect the {layer} layer",
            "memory_bridge_per_layer",
            both(_disconnected(layer), _touching_all_but(layer)),
        )
        for layer in _LAYERS
    ),
    Mutation(
        "let no module remember",
        "memory_bridge_per_layer",
        swap_in_all("module", "self.memory.", "self.memoir.", but=_MEMORY),
    ),
    Mutation(
        "ask no flag in the bridge",
        "flags_applied",
        swap(
            _MEMORY, "(flags or Flags()).enabled(MEMORY_SUBSTRATE_VALIDATION)", "flags is not None"
        ),
    ),
    Mutation(
        "leave the environment's flags out",
        "flags_applied",
        match("configmanager.py", r"Flags\.from_environ\(.*?\)", "Flags()"),
    ),
    Mutation("turn a flag off", "flags_applied", flag_off("L9_ENABLE_GOVERNANCE_ENFORCEMENT")),
    Mutation(
        "drop the guard of an input",
        "guards_present",
        match("tensorutils.py", r"finite_matrix\(.*?\)", "embeddings.unit_rows(rows)"),
    ),
    Mutation(
        "drop the guard of an output",
        "guards_present",
        swap("embedding_generator.py", "        checked_output(", "        dict("),
    ),
    Mutation(
        "drop the bounds of a search",
        "guards_present",
        match("hyperparamtuner.py", r"within\(.*?\)", "trials"),
    ),
    Mutation(
        "publish nothing",
        "events_published",
        swap("eventpublisher.py", "self._bus.publish(", "self._bus.subscribe("),
    ),
    Mutation(
        "serve another path",
        "endpoints_declared",
        swap("apiserver.py", "/tensoraios/v6/score", "/tensoraios/v6/scores"),
    ),
    Mutation(
        "serve with another time-out",
        "endpoints_declared",
        swap("apiserver.py", "timeout_ms=250", "timeout_ms=2500"),
    ),
    Mutation(
        "serve by another method",
        "endpoints_declared",
        swap("apiserver.py", 'method="GET"', 'method="POST"'),
    ),
    Mutation(
        "open an endpoint to everyone",
        "endpoints_declared",
        swap("apiserver.py", '        role="governance",\n', ""),
    ),
    Mutation(
        "keep under another name",
        "memory_declared",
        swap(_MEMORY, "tensoraios:working:*", "main_agent:working:*"),
    ),
    Mutation(
        "forget earlier", "memory_declared", swap(_MEMORY, "ttl_seconds=3600", "ttl_seconds=60")
    ),
    Mutation(
        "keep for longer",
        "memory_declared",
        swap(_MEMORY, "retention_days=90", "retention_days=900"),
    ),
    Mutation(
        "drop what is kept for good",
        "memory_declared",
        swap(_MEMORY, "retention_days=None", "retention_days=30"),
    ),
    Mutation(
        "index less",
        "memory_declared",
        swap(_MEMORY, '("domain", "model_version", ', '("domain", '),
    ),
    Mutation(
        "use no linked module",
        "links_verified",
        swap_in_all("module", "from L9.core.packetprotocol", "from agent_runtime.packets"),
    ),
    Mutation(
        "go round the linked governance",
        "links_verified",
        swap_in_all("module", "from L9.core.governance", "from agent_runtime.governance"),
    ),
    Mutation(
        "link more than is used",
        "links_verified",
        told(links=("L9.core.governance", "L9.core.ledger")),
    ),
    Mutation(
        "promise events that nobody publishes",
        "events_published",
        replanned("tensorutils.py", traits=("guarded_input", "publishes")),
    ),
    Mutation(
        "promise an audit that nobody writes",
        "audit_logging",
        replanned("tensorutils.py", traits=("guarded_input", "audited")),
    ),
    Mutation(
        "promise memory that nobody keeps",
        "memory_bridge_per_layer",
        replanned("tensorutils.py", traits=("guarded_input", "remembers")),
    ),
)
