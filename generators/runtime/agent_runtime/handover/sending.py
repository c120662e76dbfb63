"""Hand a promoted model to the agent that serves it, and tell in words what came of it."""

from dataclasses import dataclass
from typing import Final, Protocol

from agent_runtime.errors import AgentError
from agent_runtime.handover.passing import Handover
from agent_runtime.modelbundle import ModelBundle
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.handover import ModelReady, ModelReadyAnswer


class ModelTaker(Protocol):
    """Asks the agent that serves models; a generated client of it is one."""

    def ask_model_ready(
        self, payload: ModelReady, call: Call, *, key: str | None = None
    ) -> ModelReadyAnswer:
        """Send a packet `model_ready` and return its answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HandoverDesk:
    """Hands models over.

    Attributes:
        receiver: id of the agent that serves them; empty if none does.
        means: the shared folder and the key of this agent; None without.
        taker: speaks to the receiver; None without.
    """

    receiver: str
    means: Handover | None
    taker: ModelTaker | None

    def hand_over(
        self, bundle: ModelBundle, content: bytes, *, approval: str | None, call: Call
    ) -> str:
        """Offer a model and return how it was taken; empty if nobody takes models.

        What the receiver refuses or cannot do now changes nothing here: hand it over again.

        Args:
            bundle: the model.
            content: the bytes of its bundle.
            approval: governance token for the receiver; None for a model that served there before.
            call: under whose trace it is offered.
        """
        if self.means is None or self.taker is None:
            return ""
        try:
            self.means.bundles.put(content)
            ready = ModelReady(
                model=bundle.digest,
                metrics=dict(bundle.metrics),
                sender_token=self.means.sender_token(self.receiver, bundle.digest),
                approval=approval,
            )
            answer = self.taker.ask_model_ready(ready, call)
        except AgentError as error:
            return f"{self.receiver} does not serve it yet: {error}"
        return f"{self.receiver} serves it as {answer.model_version}"


NOBODY: Final = HandoverDesk(receiver="", means=None, taker=None)
"""Hands nothing over: no agent serves the models."""
