"""The bus delivers at least once, in order by key, and its effects happen once."""

import sqlite3
import subprocess
import sys
import threading

import pytest
from agent_runtime.bus import SqliteBus
from agent_runtime.clock import ManualClock
from agent_runtime.errors import DeadlineExceededError, InputBoundsError, OverloadedError


class Desk:
    """A consumer that writes down what it was handed, and fails as often as it is told to."""

    def __init__(self, failures=0):
        self.seen = []
        self.failures = failures

    def __call__(self, delivery):
        self.seen.append(
            (delivery.topic, delivery.key, delivery.message.get("n"), delivery.attempt)
        )
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not now")

    @property
    def numbers(self):
        return [number for _, _, number, _ in self.seen]


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def open_bus(tmp_path, clock):
    opened = []

    def make(**options):
        bus = SqliteBus(tmp_path / "bus.db", clock, **options)
        opened.append(bus)
        return bus

    yield make
    for bus in opened:
        bus.close()


@pytest.fixture
def bus(open_bus):
    return open_bus()


def post(bus, *numbers, topic="jobs", key="k"):
    return [bus.publish(topic, {"n": number}, key=key) for number in numbers]


@pytest.mark.positive
def test_a_message_reaches_every_consumer_once(bus):
    first, second = Desk(), Desk()
    bus.subscribe("jobs", "first", first)
    bus.subscribe("jobs", "second", second)
    post(bus, 1)
    assert bus.pump() == 2
    assert bus.pump() == 0
    assert first.seen == second.seen == [("jobs", "k", 1, 1)]


def test_a_message_carries_its_id_and_content(bus):
    seen = []
    bus.subscribe("jobs", "desk", seen.append)
    message_id = bus.publish("jobs", {"n": 1, "deep": {"a": [True, None]}}, key="k")
    bus.pump()
    assert seen[0].message_id == message_id
    assert seen[0].message == {"n": 1, "deep": {"a": [True, None]}}
    assert seen[0].wants_reply is False


def test_messages_wait_for_a_consumer_that_is_away(open_bus):
    away = open_bus()
    away.subscribe("jobs", "desk", Desk())
    post(open_bus(), 1, 2)
    back, desk = open_bus(), Desk()
    back.subscribe("jobs", "desk", desk)
    back.pump()
    assert desk.numbers == [1, 2]


def test_who_subscribes_later_does_not_get_what_was_before(bus):
    post(bus, 1)
    desk = Desk()
    bus.subscribe("jobs", "desk", desk)
    post(bus, 2)
    bus.pump()
    assert desk.numbers == [2]


def test_topics_match_exactly_by_prefix_or_all(bus):
    exact, prefix, everything = Desk(), Desk(), Desk()
    bus.subscribe("events.main", "exact", exact)
    bus.subscribe("events.*", "prefix", prefix)
    bus.subscribe("*", "everything", everything)
    for topic in ("events.main", "events.main.x", "events", "eventsx.y"):
        bus.publish(topic, {}, key="k")
    bus.pump()
    assert [topic for topic, *_ in exact.seen] == ["events.main"]
    assert [topic for topic, *_ in prefix.seen] == ["events.main", "events.main.x"]
    assert [topic for topic, *_ in everything.seen] == [
        "events.main",
        "events.main.x",
        "events",
        "eventsx.y",
    ]


def test_a_consumer_with_two_matching_subscriptions_gets_a_message_once(bus):
    desk = Desk()
    bus.subscribe("events.*", "desk", desk)
    bus.subscribe("events.main", "desk", desk)
    bus.publish("events.main", {"n": 1}, key="k")
    bus.pump()
    assert desk.numbers == [1]


def test_pump_stops_at_its_limit(bus):
    desk = Desk()
    bus.subscribe("jobs", "desk", desk)
    post(bus, 1, 2, 3)
    assert bus.pump(limit=2) == 2
    assert desk.numbers == [1, 2]
    assert bus.pump(limit=2) == 1


def test_publishing_one_message_id_twice_has_one_effect(bus):
    desk = Desk()
    bus.subscribe("jobs", "desk", desk)
    assert bus.publish("jobs", {"n": 1}, key="k", message_id="order-1") == "order-1"
    bus.publish("jobs", {"n": 1}, key="k", message_id="order-1")
    bus.pump()
    bus.publish("jobs", {"n": 1}, key="k", message_id="order-1")
    assert bus.pump() == 0
    assert desk.numbers == [1]


def test_a_failed_message_holds_back_its_key_and_no_other(bus, clock):
    desk = Desk(failures=1)
    bus.subscribe("jobs", "desk", desk)
    post(bus, 1, 2, key="a")
    post(bus, 3, key="b")
    post(bus, 4, key="a", topic="other")
    bus.pump()
    assert desk.numbers == [1, 3]
    clock.advance(1.0)
    bus.pump()
    assert desk.numbers == [1, 3, 1, 2]


def test_retries_wait_twice_as_long_each_time_and_then_give_up(open_bus, clock):
    bus, desk = open_bus(max_attempts=3, retry_seconds=2.0), Desk(failures=9)
    bus.subscribe("jobs", "desk", desk)
    (message_id,) = post(bus, 1)
    bus.pump()
    for wait, attempts in ((1.999, 1), (0.001, 2), (3.999, 2), (0.001, 3), (1000.0, 3)):
        clock.advance(wait)
        bus.pump()
        assert len(desk.seen) == attempts
    assert [attempt for *_, attempt in desk.seen] == [1, 2, 3]
    (letter,) = bus.dead_letters()
    assert (letter.consumer, letter.message_id, letter.topic) == ("desk", message_id, "jobs")
    assert (letter.key, letter.message, letter.attempts) == ("k", {"n": 1}, 3)
    assert letter.error == "RuntimeError: not now"


def test_a_dead_letter_lets_the_next_message_of_its_key_through(open_bus):
    bus, desk = open_bus(max_attempts=1), Desk(failures=1)
    bus.subscribe("jobs", "desk", desk)
    post(bus, 1, 2)
    bus.pump()
    assert desk.numbers == [1, 2]


def test_a_dead_letter_can_be_replayed_with_all_its_attempts(open_bus, clock):
    bus, desk = open_bus(max_attempts=2), Desk(failures=3)
    bus.subscribe("jobs", "desk", desk)
    post(bus, 1)
    bus.pump()
    clock.advance(1.0)
    bus.pump()
    assert len(bus.dead_letters()) == 1
    assert bus.replay("desk") == 1
    assert bus.dead_letters() == ()
    bus.pump()
    clock.advance(1.0)
    bus.pump()
    assert [attempt for *_, attempt in desk.seen] == [1, 2, 1, 2]
    assert bus.replay("desk") == 0


def test_dead_letters_are_listed_and_replayed_by_consumer_and_message(open_bus):
    bus = open_bus(max_attempts=1)
    for name in ("first", "second"):
        bus.subscribe("jobs", name, Desk(failures=2))
    one, two = post(bus, 1, 2)
    bus.pump()
    assert [(letter.consumer, letter.message_id) for letter in bus.dead_letters()] == [
        ("first", one),
        ("second", one),
        ("first", two),
        ("second", two),
    ]
    assert bus.replay("first", two) == 1
    assert bus.replay("first", "unknown") == 0
    assert bus.replay("nobody") == 0
    assert [letter.message_id for letter in bus.dead_letters("first")] == [one]
    assert [letter.message_id for letter in bus.dead_letters("second")] == [one, two]


def test_a_lease_that_ran_out_hands_the_message_to_another_process(open_bus, clock):
    slow, fast, desk = open_bus(lease_seconds=30.0), open_bus(lease_seconds=30.0), Desk()
    fast.subscribe("jobs", "desk", desk)

    def overslept(delivery):
        delivery.publish("out", {"by": "slow"}, key="k")
        clock.advance(29.999)
        fast.pump()
        assert desk.seen == []
        clock.advance(0.001)
        fast.pump()

    slow.subscribe("jobs", "desk", overslept)
    out = Desk()
    slow.subscribe("out", "out", out)
    post(slow, 1)
    slow.pump(limit=1)
    assert [attempt for *_, attempt in desk.seen] == [2]
    assert slow.pump() == 0, "the one whose lease ran out has no effect on the bus"
    assert out.seen == []


def test_a_failure_after_the_lease_ran_out_changes_nothing(open_bus, clock):
    slow, fast, desk = open_bus(lease_seconds=30.0), open_bus(lease_seconds=30.0), Desk()
    fast.subscribe("jobs", "desk", desk)

    def overslept(delivery):
        clock.advance(30.0)
        fast.pump()
        raise RuntimeError("too late")

    slow.subscribe("jobs", "desk", overslept)
    post(slow, 1)
    slow.pump()
    clock.advance(1000.0)
    assert slow.pump() == 0
    assert len(desk.seen) == 1


def test_a_message_whose_handlers_never_come_back_becomes_a_dead_letter(open_bus, clock):
    bus = open_bus(max_attempts=2, lease_seconds=10.0)

    def killed(delivery):
        raise KeyboardInterrupt

    bus.subscribe("jobs", "desk", killed)
    post(bus, 1)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            bus.pump()
        clock.advance(10.0)
    assert bus.pump() == 0
    (letter,) = bus.dead_letters()
    assert letter.attempts == 2
    assert letter.error == "never acknowledged: its handlers died or outlived their leases"


def test_what_a_handler_publishes_happens_once_and_only_if_it_succeeds(bus, clock):
    out, calls = Desk(), []

    def relay(delivery):
        calls.append(delivery.publish("out", {"n": 10}, key="k"))
        delivery.publish("out", {"n": 11}, key="k")
        if len(calls) == 1:
            raise RuntimeError("after publishing")

    bus.subscribe("jobs", "relay", relay)
    bus.subscribe("out", "out", out)
    (message_id,) = post(bus, 1)
    bus.pump()
    assert out.seen == []
    clock.advance(1.0)
    bus.pump()
    assert out.numbers == [10, 11]
    assert calls == [f"{message_id}/1"] * 2


@pytest.mark.negative
@pytest.mark.parametrize("topic", ["", "a..b", "a b", ".a", "a.*", "*", "a\n"])
def test_a_malformed_topic_is_refused(bus, topic):
    with pytest.raises(InputBoundsError, match="is no topic"):
        bus.publish(topic, {}, key="k")


@pytest.mark.negative
@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 257])
def test_a_malformed_key_or_message_id_is_refused(bus, key):
    with pytest.raises(InputBoundsError, match=r"^key must be 1 to 256 visible ASCII characters$"):
        bus.publish("jobs", {}, key=key)
    with pytest.raises(InputBoundsError, match=r"^message_id must be"):
        bus.publish("jobs", {}, key="x" * 256, message_id=key)


@pytest.mark.negative
def test_a_message_that_is_no_finite_json_object_is_refused(bus):
    with pytest.raises(InputBoundsError, match="message must be a JSON object"):
        bus.publish("jobs", [1], key="k")
    with pytest.raises(InputBoundsError, match=r"message\.a is not a finite number"):
        bus.publish("jobs", {"a": float("nan")}, key="k")


@pytest.mark.negative
@pytest.mark.parametrize("pattern", ["", "a.**", "*.a", "a*", "a b"])
def test_a_malformed_subscription_is_refused(bus, pattern):
    with pytest.raises(InputBoundsError, match="is no topic, nor a topic followed by"):
        bus.subscribe(pattern, "desk", Desk())
    with pytest.raises(InputBoundsError, match="is no consumer name"):
        bus.subscribe("jobs", "a b", Desk())


@pytest.mark.negative
@pytest.mark.parametrize("option", ["max_attempts", "retry_seconds", "lease_seconds", "capacity"])
def test_options_must_be_above_zero(open_bus, option):
    with pytest.raises(InputBoundsError, match="must be above 0"):
        open_bus(**{option: 0})


@pytest.mark.negative
def test_above_its_capacity_the_bus_sheds_load_until_something_is_handled(open_bus):
    bus, desk = open_bus(capacity=2), Desk()
    bus.subscribe("jobs", "desk", desk)
    post(bus, 1, 2)
    with pytest.raises(OverloadedError, match="holds 2 undelivered messages") as caught:
        post(bus, 3)
    assert caught.value.status == 503
    bus.pump(limit=1)
    post(bus, 3)
    bus.pump()
    assert desk.numbers == [1, 2, 3]


@pytest.mark.positive
def test_a_request_is_answered(bus, clock):
    bus.subscribe(
        "tensor.score", "tensor", lambda delivery: delivery.reply({"score": delivery.message["n"]})
    )
    request = bus.request("tensor.score", {"n": 0.5}, key="k", timeout_seconds=2.0)
    assert bus.collect(request) is None
    clock.advance(1.999)
    bus.pump()
    clock.advance(1000.0)
    assert bus.collect(request) == {"score": 0.5}


def test_only_the_reply_of_a_handler_that_succeeded_counts(bus, clock):
    def answer(delivery):
        delivery.reply({"attempt": delivery.attempt})
        if delivery.attempt == 1:
            raise RuntimeError("no")

    bus.subscribe("ask", "tensor", answer)
    request = bus.request("ask", {}, key="k", timeout_seconds=5.0)
    bus.pump()
    assert bus.collect(request) is None
    clock.advance(1.0)
    bus.pump()
    assert bus.collect(request) == {"attempt": 2}


def test_the_first_of_two_consumers_to_reply_is_heard(bus):
    for name in ("first", "second"):
        bus.subscribe("ask", name, lambda delivery, name=name: delivery.reply({"by": name}))
    request = bus.request("ask", {}, key="k", timeout_seconds=5.0)
    bus.pump()
    assert bus.collect(request) == {"by": "first"}


@pytest.mark.negative
def test_without_a_reply_the_requester_times_out_exactly_at_its_deadline(bus, clock):
    request = bus.request("ask", {}, key="k", timeout_seconds=2.0)
    clock.advance(1.999)
    assert bus.collect(request) is None
    clock.advance(0.001)
    with pytest.raises(DeadlineExceededError, match="no reply to") as caught:
        bus.collect(request)
    assert caught.value.status == 504


def test_a_request_is_not_handled_after_its_requester_stopped_waiting(bus, clock):
    desk = Desk()
    bus.subscribe("ask", "tensor", desk)
    bus.request("ask", {"n": 1}, key="k", timeout_seconds=2.0)
    bus.request("ask", {"n": 2}, key="k", timeout_seconds=2.001)
    clock.advance(2.0)
    bus.pump()
    assert desk.numbers == [2]
    (letter,) = bus.dead_letters()
    assert letter.error == "the requester stopped waiting"


@pytest.mark.negative
def test_requests_and_replies_are_checked(bus):
    with pytest.raises(InputBoundsError, match="timeout_seconds must be above 0"):
        bus.request("ask", {}, key="k", timeout_seconds=0.0)
    with pytest.raises(InputBoundsError, match="is no request"):
        bus.collect("unknown")
    (message_id,) = post(bus, 1)
    with pytest.raises(InputBoundsError, match="is no request"):
        bus.collect(message_id)
    failures = []

    def answer(delivery):
        try:
            delivery.reply({"a": float("inf")} if delivery.wants_reply else {})
        except InputBoundsError as error:
            failures.append(str(error))

    bus.subscribe("*", "tensor", answer)
    (message_id,) = post(bus, 2)
    bus.request("ask", {}, key="k", timeout_seconds=1.0)
    bus.pump()
    assert failures == [f"message {message_id} asks for no reply", "reply.a is not a finite number"]


def test_waiting_for_a_reply_pauses_between_looks(bus, clock):
    bus.subscribe("ask", "tensor", lambda delivery: delivery.reply({"ok": True}))
    request = bus.request("ask", {}, key="k", timeout_seconds=1.0)
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            bus.pump()

    assert bus.wait(request, pause=pause) == {"ok": True}
    assert pauses == [0.01] * 3


@pytest.mark.negative
def test_waiting_ends_at_the_deadline(bus, clock):
    request = bus.request("ask", {}, key="k", timeout_seconds=0.03)
    with pytest.raises(DeadlineExceededError):
        bus.wait(request, pause=clock.advance)


def test_a_worker_pumps_until_it_is_stopped(bus):
    stop, done = threading.Event(), threading.Event()
    bus.subscribe("jobs", "desk", lambda delivery: done.set())
    worker = threading.Thread(target=bus.pump_until, args=(stop,), kwargs={"idle_seconds": 0.001})
    worker.start()
    post(bus, 1)
    handled = done.wait(10)
    stop.set()
    worker.join(10)
    assert handled
    assert not worker.is_alive()


class StopAfter:
    """Stands for the stop event of a worker: set after a number of waits, each with an action."""

    def __init__(self, *actions):
        self.actions = list(actions)
        self.waits = []

    def is_set(self):
        return not self.actions

    def wait(self, seconds):
        self.waits.append(seconds)
        self.actions.pop(0)()


def test_a_worker_outlives_a_failing_store_and_says_what_is_wrong(bus, tmp_path):
    faults = []
    desk = Desk()
    bus.subscribe("jobs", "desk", desk)
    post(bus, 1)

    def rename(old, new):
        with sqlite3.connect(tmp_path / "bus.db") as connection:
            connection.execute(f"ALTER TABLE {old} RENAME TO {new}")

    def repair():
        faults.append(bus.last_fault)
        rename("moved", "deliveries")

    rename("deliveries", "moved")
    stop = StopAfter(repair, lambda: faults.append(bus.last_fault))
    bus.pump_until(stop, idle_seconds=0.25)
    assert faults == ["bus.db: no such table: deliveries", ""]
    assert desk.numbers == [1]
    assert stop.waits == [0.25, 0.25]


def test_purge_forgets_only_what_is_old_and_done_everywhere(open_bus, clock):
    bus = open_bus(max_attempts=1)
    bus.subscribe("jobs", "desk", Desk())
    bus.subscribe("bad", "bad", Desk(failures=1))
    post(bus, 1)
    post(bus, 2, topic="bad")
    bus.publish("nobody", {}, key="k")
    bus.pump()
    clock.advance(10.0)
    post(bus, 3)
    request = bus.request("ask", {}, key="k", timeout_seconds=10.0)
    assert bus.purge(older_than_seconds=10.0) == 0
    clock.advance(0.001)
    assert bus.purge(older_than_seconds=10.0) == 2
    assert len(bus.dead_letters()) == 1
    assert bus.collect(request) is None
    assert bus.pump() == 1, "what was not handled is still delivered"
    clock.advance(30.0)
    assert bus.purge(older_than_seconds=10.0) == 2
    with pytest.raises(InputBoundsError, match="is no request"):
        bus.collect(request)


def test_a_forgotten_request_takes_its_reply_along(bus, clock, tmp_path):
    bus.subscribe("ask", "tensor", lambda delivery: delivery.reply({"ok": True}))
    bus.request("ask", {}, key="k", timeout_seconds=1.0)
    bus.pump()
    clock.advance(10.0)
    assert bus.purge(older_than_seconds=1.0) == 1
    with sqlite3.connect(tmp_path / "bus.db") as connection:
        left = connection.execute(
            "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM deliveries), "
            "(SELECT count(*) FROM replies)"
        )
        assert left.fetchone() == (0, 0, 0)


def test_what_is_acknowledged_is_synced_to_the_disk(bus):
    assert bus._queue._database.rows("PRAGMA synchronous") == [(2,)]


def test_by_default_a_message_is_tried_five_times(bus, clock):
    desk = Desk(failures=9)
    bus.subscribe("jobs", "desk", desk)
    post(bus, 1)
    for _ in range(9):
        bus.pump()
        clock.advance(1000.0)
    assert [attempt for *_, attempt in desk.seen] == [1, 2, 3, 4, 5]


def test_by_default_a_handler_has_a_minute_and_a_pump_handles_a_hundred(open_bus, clock):
    slow, fast, desk = open_bus(), open_bus(), Desk()
    fast.subscribe("jobs", "desk", desk)

    def overslept(delivery):
        clock.advance(59.999)
        fast.pump()
        assert desk.seen == []
        clock.advance(0.001)
        fast.pump()

    slow.subscribe("jobs", "desk", overslept)
    post(slow, *range(101))
    slow.pump(limit=1)
    assert len(desk.seen) == 100
    assert fast.pump() == 1


PUBLISHER = """
import sys
from pathlib import Path
from agent_runtime.bus import SqliteBus
from agent_runtime.clock import ManualClock
bus = SqliteBus(Path(sys.argv[1]), ManualClock())
for number in range(30):
    bus.publish("jobs", {"n": number}, key=sys.argv[2])
    print(number, flush=True)
"""


def test_messages_of_several_processes_keep_the_order_of_each_key(tmp_path, bus):
    desk = Desk()
    bus.subscribe("jobs", "desk", desk)
    publishers = [
        subprocess.Popen(
            [sys.executable, "-c", PUBLISHER, str(tmp_path / "bus.db"), key],
            stdout=subprocess.DEVNULL,
        )
        for key in ("p", "q")
    ]
    assert [publisher.wait(60) for publisher in publishers] == [0, 0]
    while bus.pump():
        pass
    for key in ("p", "q"):
        assert [number for _, found, number, _ in desk.seen if found == key] == list(range(30))


def test_no_acknowledged_message_is_lost_when_the_publisher_is_killed(tmp_path, bus):
    desk = Desk()
    bus.subscribe("jobs", "desk", desk)
    with subprocess.Popen(
        [sys.executable, "-c", PUBLISHER, str(tmp_path / "bus.db"), "p"],
        stdout=subprocess.PIPE,
        text=True,
    ) as publisher:
        told = [int(publisher.stdout.readline()) for _ in range(10)]
        publisher.kill()
    while bus.pump():
        pass
    assert told == list(range(10))
    assert desk.numbers[:10] == told
    assert desk.numbers == list(range(len(desk.numbers)))


HANDLER = """
import sys, time
from pathlib import Path
from agent_runtime.bus import SqliteBus
from agent_runtime.clock import ManualClock
bus = SqliteBus(Path(sys.argv[1]), ManualClock())
def handle(delivery):
    delivery.publish("done", {"n": delivery.message["n"]}, key="k")
    if delivery.message["n"] == 1:
        print("in the middle", flush=True)
        sys.stdin.readline()
bus.subscribe("jobs", "desk", handle)
bus.pump()
"""


def test_a_message_whose_handler_is_killed_is_handled_by_another_process_once(tmp_path, bus, clock):
    bus.subscribe("jobs", "desk", Desk())
    bus.subscribe("done", "listener", listener := Desk())
    post(bus, 0, 1, 2)
    with subprocess.Popen(
        [sys.executable, "-c", HANDLER, str(tmp_path / "bus.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as handler:
        assert handler.stdout.readline() == "in the middle\n"
        handler.kill()

    def finish(delivery):
        delivery.publish("done", {"n": delivery.message["n"]}, key="k")

    bus.subscribe("jobs", "desk", finish)
    bus.pump()
    assert listener.numbers == [0]  # of what was not acknowledged nothing happened
    clock.advance(60)
    while bus.pump():
        pass
    assert listener.numbers == [0, 1, 2]
    assert bus.dead_letters() == ()
