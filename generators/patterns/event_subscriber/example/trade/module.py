"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by event_subscriber@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from agent_runtime.auditing.observed import EventIntake, ObservedEvents
from agent_runtime.bus import EventBus
from agent_runtime.clock import Clock, system_clock
from agent_runtime.events import Event

CONSUMER: Final = "tensor_auditor"
WATCHED: Final[Mapping[str, tuple[str, ...]]] = {  # glue, wirings of event_observe
    "main_agent": ("process_packet", "request_governance_override"),
    "plastos_adapter": ("translate_transaction", "process_tensor_results", "report_outcome"),
    "tensor_trainer": ("trigger_training", "promote_model", "rollback_model"),
    "tensoraios": ("score_candidates", "detect_anomaly", "trigger_retraining"),
}


class EventSubscriber:
    """Takes the events of `WATCHED` off the bus and keeps each once, in order of arrival."""

    def __init__(self, bus: EventBus, observed: ObservedEvents) -> None:
        """Subscribe for good: what is published while nobody runs arrives later."""
        self._intake = EventIntake(bus, observed, consumer=CONSUMER, watched=WATCHED)

    @classmethod
    def open(cls, bus: EventBus, folder: Path, clock: Clock = system_clock) -> "EventSubscriber":
        """Return a subscriber that keeps what it observes in `folder`.

        Raises:
            MemoryLayerError: the store cannot be opened.
        """
        return cls(bus, ObservedEvents(folder / "observed.db", clock))

    @property
    def observed(self) -> ObservedEvents:
        """Everything that arrived."""
        return self._intake.observed

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with each event from now on, once, when it has been stored."""
        self._intake.listen(listener)

    def lost(self) -> int:
        """Return how many events could not be read and wait to be recovered."""
        return self._intake.lost()

    def recover(self) -> int:
        """Have the events that could not be read delivered again; return how many."""
        return self._intake.recover()

    def close(self) -> None:
        """Close the store."""
        self._intake.observed.close()
