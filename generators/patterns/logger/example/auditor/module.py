"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by logger@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.logs import AgentLogs, ChannelLog
from agent_runtime.recording import log_decision
from agent_runtime.shapes.base import DecisionShape

CHANNELS: Final = {  # cursorinstructions.logging
    "compliance": "L9/logs/tensoraios_ecosystem/tensor_auditor/compliance.log",
    "bias": "L9/logs/tensoraios_ecosystem/tensor_auditor/bias.log",
    "drift": "L9/logs/tensoraios_ecosystem/tensor_auditor/drift.log",
    "violations": "L9/logs/tensoraios_ecosystem/tensor_auditor/violations.log",
}
ESCALATIONS: Final = "violations"


class TensorAuditorLogger:
    """The declared log files; a line is one JSON object with time, agent, channel and trace."""

    def __init__(self, logs: AgentLogs) -> None:
        self._logs = logs

    @property
    def compliance(self) -> ChannelLog:
        """Checks and their verdicts."""
        return self._logs.channel("compliance")

    @property
    def bias(self) -> ChannelLog:
        """Bias measurements."""
        return self._logs.channel("bias")

    @property
    def drift(self) -> ChannelLog:
        """Drift measurements."""
        return self._logs.channel("drift")

    @property
    def violations(self) -> ChannelLog:
        """Violations and escalations."""
        return self._logs.channel("violations")

    def decided(self, operation: str, decision: DecisionShape, *, channel: str) -> None:
        """Tell `channel` of a decision, and the log of escalations of what it escalated.

        Raises:
            ConfigError: no such channel is declared.
        """
        log_decision(self._logs, operation, decision, channel=channel, escalated=ESCALATIONS)
