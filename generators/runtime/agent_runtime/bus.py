"""The cognition bus: publish and subscribe, request and reply, between agents and their processes.

What is promised, by every implementation: a message is delivered at least once to each consumer
that subscribed before it was published; in the order of publishing among messages with one topic
and key; its effect on the bus (replies and messages published by the handler) happens once; what
keeps failing becomes a dead letter that can be replayed. A handler that writes elsewhere gets the
message id as its idempotency key.
"""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from agent_runtime.busqueue import BusQueue, Claim, DeadLetter, OutMessage, Published, Reply
from agent_runtime.clock import Clock
from agent_runtime.errors import (
    DeadlineExceededError,
    InputBoundsError,
    MemoryLayerError,
    NotAuthenticatedError,
)
from agent_runtime.jsontext import checked_object
from agent_runtime.packets import new_id
from agent_runtime.values import JsonObject

POLL_SECONDS: Final = 0.01
"""How often a waiting requester or an idle worker looks again."""

_TOPIC: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_PATTERN: Final = re.compile(r"(\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?)")
_KEY: Final = re.compile(r"[!-~]{1,256}")


@dataclass(kw_only=True, slots=True)
class Delivery:
    """One message in the hands of one consumer's handler.

    What the handler publishes or replies through the delivery takes effect together with the
    acknowledgement, once, when the handler returns; if it raises, nothing of it happened.

    Attributes:
        message_id: the same at each delivery of the message: the idempotency key of its effects.
        topic: where it was published.
        key: what it is ordered by.
        message: the content.
        attempt: 1 at the first delivery.
        wants_reply: True if a requester waits.
        outbox: what the handler published so far.
        answer: what it replied so far.
    """

    message_id: str
    topic: str
    key: str
    message: JsonObject
    attempt: int
    wants_reply: bool
    outbox: list[OutMessage] = field(default_factory=list)
    answer: JsonObject | None = None

    def publish(self, topic: str, message: JsonObject, *, key: str) -> str:
        """Publish with the acknowledgement; the id is derived from this message's and the order.

        Raises:
            InputBoundsError: topic or key is malformed, or the message no finite JSON object.
        """
        message_id = f"{self.message_id}/{len(self.outbox) + 1}"
        self.outbox.append(_out_message(topic, message, key, message_id))
        return message_id

    def reply(self, message: JsonObject) -> None:
        """Answer the requester with the acknowledgement; the last call of a handler counts.

        Raises:
            InputBoundsError: nobody waits for a reply, or the message is no finite JSON object.
        """
        if not self.wants_reply:
            raise InputBoundsError(f"message {self.message_id} asks for no reply")
        self.answer = checked_object(message, name="reply", refuse=InputBoundsError)


Handler = Callable[[Delivery], None]
"""Returns to acknowledge; raises to have the message again later.

`NotAuthenticatedError` makes it a dead letter at once: the same message proves no more later.
"""


class EventBus(Protocol):
    """Publish and subscribe, request and reply."""

    def publish(
        self, topic: str, message: JsonObject, *, key: str, message_id: str | None = None
    ) -> str:
        """Publish once per `message_id` and return it; when this returns the message is safe."""

    def subscribe(self, topic: str, consumer: str, handler: Handler) -> None:
        """Deliver messages of `topic` (or ``prefix.*``, or ``*``) to `handler` as `consumer`."""

    def leave(self, consumer: str) -> None:
        """Hand nothing more to the handler of `consumer` in this process; messages wait for it."""

    def published(self, topic: str, *, after: int = 0, limit: int = 100) -> tuple[Published, ...]:
        """List messages of `topic` that are kept beyond the place `after`, oldest first."""

    def pump(self, *, limit: int = 100) -> int:
        """Handle up to `limit` due deliveries of this process's consumers; return how many."""

    def request(self, topic: str, message: JsonObject, *, key: str, timeout_seconds: float) -> str:
        """Publish a message that asks for a reply, and return the id to `collect` it by."""

    def collect(self, request_id: str) -> JsonObject | None:
        """Return the reply, or None while there is none and the time-out has not passed."""

    def dead_letters(self, consumer: str | None = None) -> tuple[DeadLetter, ...]:
        """List the deliveries that were given up."""

    def replay(self, consumer: str, message_id: str | None = None) -> int:
        """Make one dead letter of `consumer`, or all, due again; return how many."""


class SqliteBus:
    """The bus on one SQLite file that all agents of a machine share.

    Attributes:
        last_fault: why `pump_until` cannot deliver at present; empty if it can.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        max_attempts: int = 5,
        retry_seconds: float = 1.0,
        lease_seconds: float = 60.0,
        capacity: int = 100_000,
    ) -> None:
        """Open the bus.

        Args:
            path: the shared file.
            clock: must agree between the processes.
            max_attempts: deliveries of a message to a consumer before it becomes a dead letter.
            retry_seconds: wait before the second attempt; doubled before each further one.
            lease_seconds: how long a handler may take before another process may try.
            capacity: undelivered messages at which `publish` sheds load.

        Raises:
            InputBoundsError: a number is not positive.
            MemoryLayerError: the file cannot be opened.
        """
        numbers = (max_attempts, retry_seconds, lease_seconds, capacity)
        if not all(number > 0 for number in numbers):
            raise InputBoundsError("attempts, retry, lease and capacity must be above 0")
        self._queue = BusQueue(
            path, lease_seconds=lease_seconds, capacity=capacity, max_attempts=max_attempts
        )
        self._clock = clock
        self._max_attempts = max_attempts
        self._retry_seconds = retry_seconds
        self._guard = threading.Lock()
        self._handlers: dict[str, Handler] = {}
        self.last_fault = ""

    def publish(
        self, topic: str, message: JsonObject, *, key: str, message_id: str | None = None
    ) -> str:
        """Publish `message`; with a `message_id` that was published before, do nothing.

        Args:
            topic: words joined by dots, e.g. ``events.tensoraios.score``.
            message: the content.
            key: messages of one topic and key keep their order.
            message_id: idempotency key; a new UUID by default.

        Raises:
            InputBoundsError: a name is malformed, or the message no finite JSON object.
            OverloadedError: the bus holds as many undelivered messages as it may.
            MemoryLayerError: the store failed; the message may be published again.
        """
        out = _out_message(topic, message, key, new_id() if message_id is None else message_id)
        self._queue.publish(out, now=self._clock())
        return out.message_id

    def subscribe(self, topic: str, consumer: str, handler: Handler) -> None:
        """Register `consumer` for good, and `handler` as its code in this process.

        Messages published from now on wait for the consumer also while no process runs it. A
        consumer may subscribe to several topics with one handler.

        Raises:
            InputBoundsError: a name is malformed.
            MemoryLayerError: the store failed.
        """
        if not _PATTERN.fullmatch(topic):
            raise InputBoundsError(f"{topic!r} is no topic, nor a topic followed by .*")
        if not _TOPIC.fullmatch(consumer):
            raise InputBoundsError(f"{consumer!r} is no consumer name")
        self._queue.subscribe(topic, consumer)
        with self._guard:
            self._handlers[consumer] = handler

    def leave(self, consumer: str) -> None:
        """Hand nothing more to the handler of `consumer` in this process.

        The subscription stays: messages wait until some process subscribes as the consumer again.
        """
        with self._guard:
            self._handlers.pop(consumer, None)

    def published(self, topic: str, *, after: int = 0, limit: int = 100) -> tuple[Published, ...]:
        """List up to `limit` messages of `topic`, oldest first, whoever has handled them.

        Args:
            topic: the topic, not a pattern.
            after: place of the last message that is known; 0 begins with the oldest that is kept.
            limit: how many at most, 1 or more.

        Raises:
            InputBoundsError: the topic is malformed, or `limit` below 1.
            MemoryLayerError: the store failed.
        """
        if not _TOPIC.fullmatch(topic) or limit < 1:
            raise InputBoundsError(f"{topic!r} is no topic, or {limit} is below 1")
        return self._queue.published(topic, after=after, limit=limit)

    def pump(self, *, limit: int = 100) -> int:
        """Handle up to `limit` due deliveries of the consumers subscribed in this process.

        A handler that raises has its message again after a growing pause, and at last given up
        as a dead letter; nothing it raises leaves `pump`.

        Raises:
            MemoryLayerError: the store failed.
        """
        with self._guard:
            handlers = dict(self._handlers)
        handled = 0
        while handled < limit:
            claim = self._queue.claim(tuple(handlers), now=self._clock())
            if claim is None:
                break
            self._handle(claim, handlers[claim.consumer])
            handled += 1
        return handled

    def pump_until(self, stop: threading.Event, *, idle_seconds: float = POLL_SECONDS) -> None:
        """Pump until `stop` is set, looking again every `idle_seconds` when there is nothing.

        A failing store does not end it: `last_fault` says what is wrong until it works again.
        """
        while not stop.is_set():
            try:
                handled = self.pump()
                self.last_fault = ""
            except MemoryLayerError as error:
                handled = 0
                self.last_fault = str(error)
            if handled == 0:
                stop.wait(idle_seconds)

    def request(self, topic: str, message: JsonObject, *, key: str, timeout_seconds: float) -> str:
        """Publish `message` and ask for a reply within `timeout_seconds`; return its id.

        Raises:
            InputBoundsError: a name is malformed, the message no finite JSON object, or the
                time-out not above 0.
            OverloadedError: the bus holds as many undelivered messages as it may.
            MemoryLayerError: the store failed.
        """
        if not timeout_seconds > 0:
            raise InputBoundsError(f"timeout_seconds must be above 0: {timeout_seconds}")
        out = _out_message(topic, message, key, new_id())
        now = self._clock()
        self._queue.publish(out, now=now, deadline=now + timeout_seconds)
        return out.message_id

    def collect(self, request_id: str) -> JsonObject | None:
        """Return the reply to a request, or None while it may still come.

        Raises:
            DeadlineExceededError: the time-out passed without a reply.
            InputBoundsError: no such request was made.
            MemoryLayerError: the store failed.
        """
        deadline, reply = self._queue.reply_to(request_id)
        if reply is None and self._clock() >= deadline:
            raise DeadlineExceededError(f"no reply to {request_id} in time")
        return reply

    def wait(self, request_id: str, *, pause: Callable[[float], None] = time.sleep) -> JsonObject:
        """Wait for the reply to a request; `pause` is called between looks.

        Raises:
            DeadlineExceededError: the time-out passed without a reply.
            InputBoundsError: no such request was made.
            MemoryLayerError: the store failed.
        """
        while (reply := self.collect(request_id)) is None:
            pause(POLL_SECONDS)
        return reply

    def dead_letters(self, consumer: str | None = None) -> tuple[DeadLetter, ...]:
        """List the dead letters of one consumer, or of all, oldest message first.

        Raises:
            MemoryLayerError: the store failed.
        """
        return self._queue.dead_letters(consumer)

    def replay(self, consumer: str, message_id: str | None = None) -> int:
        """Make dead letters due again with all attempts before them; return how many.

        Raises:
            MemoryLayerError: the store failed.
        """
        return self._queue.replay(consumer, message_id, now=self._clock())

    def purge(self, *, older_than_seconds: float) -> int:
        """Forget messages that every consumer has handled; return how many.

        A message id that is forgotten is no longer recognised as a repeat.

        Raises:
            MemoryLayerError: the store failed.
        """
        return self._queue.purge(before=self._clock() - older_than_seconds)

    def close(self) -> None:
        """Close the file."""
        self._queue.close()

    def _handle(self, claim: Claim, handler: Handler) -> None:
        delivery = Delivery(
            message_id=claim.message_id,
            topic=claim.topic,
            key=claim.key,
            message=claim.message,
            attempt=claim.attempt,
            wants_reply=claim.wants_reply,
        )
        try:
            handler(delivery)
        except Exception as error:  # noqa: BLE001 - any fault of a handler means: not handled
            self._give_back(claim, error)
            return
        reply = None if delivery.answer is None else Reply(message=delivery.answer)
        self._queue.acknowledge(claim, delivery.outbox, reply, now=self._clock())

    def _give_back(self, claim: Claim, error: Exception) -> None:
        now = self._clock()
        text = f"{type(error).__name__}: {error}"
        hopeless = isinstance(error, NotAuthenticatedError)
        if hopeless or claim.attempt >= self._max_attempts:
            self._queue.give_up(claim, text, now=now)
        else:
            pause = self._retry_seconds * 2.0 ** (claim.attempt - 1)
            self._queue.give_back(claim, text, due=now + pause)


def _out_message(topic: str, message: JsonObject, key: str, message_id: str) -> OutMessage:
    if not _TOPIC.fullmatch(topic):
        raise InputBoundsError(f"{topic!r} is no topic")
    for what, text in (("key", key), ("message_id", message_id)):
        if not _KEY.fullmatch(text):
            raise InputBoundsError(f"{what} must be 1 to 256 visible ASCII characters")
    checked = checked_object(message, name="message", refuse=InputBoundsError)
    return OutMessage(topic=topic, message=checked, key=key, message_id=message_id)
