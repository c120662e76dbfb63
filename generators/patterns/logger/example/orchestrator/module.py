"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by logger@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.logs import AgentLogs, ChannelLog
from agent_runtime.recording import log_decision
from agent_runtime.routing.loglines import PipelineChannels, PipelineLog
from agent_runtime.shapes.base import DecisionShape

CHANNELS: Final = {  # cursorinstructions.logging
    "reception": "L9/logs/main_agent/reception.log",
    "reasoning": "L9/logs/main_agent/reasoning.log",
    "routing": "L9/logs/main_agent/routing.log",
    "governance": "L9/logs/main_agent/governance.log",
    "performance": "L9/logs/main_agent/performance.log",
}
ESCALATIONS: Final = "governance"
PIPELINE: Final = PipelineChannels(
    reception="reception",
    routing="routing",
    reasoning="reasoning",
    governance="governance",
    performance="performance",
)


class MainAgentLogger(PipelineLog):
    """The declared log files; a line is one JSON object with time, agent, channel and trace."""

    def __init__(self, logs: AgentLogs) -> None:
        super().__init__(logs, PIPELINE)
        self._logs = logs

    @property
    def reception(self) -> ChannelLog:
        """Packets received."""
        return self._logs.channel("reception")

    @property
    def reasoning(self) -> ChannelLog:
        """Traces of reasoning."""
        return self._logs.channel("reasoning")

    @property
    def routing(self) -> ChannelLog:
        """Where packets went."""
        return self._logs.channel("routing")

    @property
    def governance(self) -> ChannelLog:
        """Escalations and overrides."""
        return self._logs.channel("governance")

    @property
    def performance(self) -> ChannelLog:
        """Latency and throughput."""
        return self._logs.channel("performance")

    def decided(self, operation: str, decision: DecisionShape, *, channel: str) -> None:
        """Tell `channel` of a decision, and the log of escalations of what it escalated.

        Raises:
            ConfigError: no such channel is declared.
        """
        log_decision(self._logs, operation, decision, channel=channel, escalated=ESCALATIONS)
