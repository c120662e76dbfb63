"""Packets prove who sent them, in traffic: two agents, one bus file, keys of their own."""

import json

import pytest
from agent_runtime.bus import SqliteBus
from agent_runtime.clients.failures import BadAnswerError
from agent_runtime.clients.opening import open_packets
from agent_runtime.clients.packets import PacketClient
from agent_runtime.clock import ManualClock
from agent_runtime.config import load_settings
from agent_runtime.dispatch import PacketDesk, PacketType
from agent_runtime.errors import ConfigError, NotAuthenticatedError
from agent_runtime.identity import open_identity
from agent_runtime.keys import SigningKey
from agent_runtime.packets import PacketEnvelope, new_packet, parse_packet
from agent_runtime.packetseal import REFUSED, rule_named
from agent_runtime.packetsigning import SIGNATURE, sign_packet, signature_of, verify_packet
from agent_runtime.parts import STANDARD_SETTINGS, AgentParts
from agent_runtime.service import Operation
from agent_runtime.shapes.base import Call, Shape
from agent_runtime.testing import TRACE, AgentBench

CALL = Call(trace_id=TRACE)


class Number(Shape):
    value: float


class Street:
    """Agents over one bus file, each with its own folder and key, and a stranger at the file."""

    def __init__(self, root, rule=None, *, trusting=("asker", "adder")):
        self.root = root
        self.clock = ManualClock()
        self.asked = []
        self._opened = []
        keys = [
            {**open_identity(root / agent / "identity.pem").public_jwk(), "agent": agent}
            for agent in trusting
        ]
        self._keys = json.dumps({"keys": keys})
        self.asker, self.adder = (self.open(agent, rule) for agent in ("asker", "adder"))
        self.stranger = SqliteBus(root / "bus.db", self.clock)
        self._opened.append(self.stranger)
        desk = PacketDesk(
            agent="adder",
            names=("adder", "Adder"),
            types=(PacketType(name="add", timeout_ms=1000),),
            operations={"add": Operation(handle=self._add, request=Number, response=Number)},
            governance=AgentBench(root / "bench", agent="adder").governance,
            clock=self.clock,
        )
        desk.listen(self.adder.bus)

    def open(self, agent, rule):
        named = f"L9_{agent.upper()}__"
        environ = {
            f"{named}DATA__FOLDER": str(self.root / agent),
            f"{named}LOGGING__FOLDER": str(self.root / agent / "logs"),
            f"{named}BUS__FILE": str(self.root / "bus.db"),
            f"{named}TOKENS__KEYS": self._keys,
        }
        if rule is not None:
            environ[f"{named}PACKETS__SIGNATURES"] = rule
        settings = load_settings(agent, STANDARD_SETTINGS, environ)
        parts = AgentParts(agent, settings, clock=self.clock)
        self._opened.append(parts)
        return parts

    def packet(self, source="asker", to="adder", **changes):
        sent = new_packet(source, to, {"value": 1.0}, clock=self.clock, packet_type="add")
        return {**sent.to_json(), **changes}

    def ask(self, packet, bus=None):
        """Send a packet as it is and return what its requester is told."""
        bus = bus or self.stranger
        request = bus.request("packets.adder", packet, key="k", timeout_seconds=100)
        self.adder.bus.pump()
        return bus.collect(request)

    def client(self):
        def pause(seconds):
            self.clock.advance(seconds)
            self.adder.bus.pump()

        return PacketClient("asker", "adder", self.asker.bus, clock=self.clock, pause=pause)

    def refusals(self, parts):
        return [record for record in parts.audit.records() if record.action == REFUSED]

    def _add(self, request, call):
        self.asked.append(call.caller)
        return Number(value=request.value + 1.0)

    def close(self):
        for each in self._opened:
            each.close()


@pytest.fixture
def open_street(tmp_path):
    streets = []

    def make(rule=None, **options):
        streets.append(Street(tmp_path, rule, **options))
        return streets[-1]

    yield make
    for street in streets:
        street.close()


@pytest.fixture
def street(open_street):
    return open_street()


@pytest.mark.positive
def test_request_and_answer_bear_the_signatures_of_their_senders(street):
    answer = street.ask(street.packet(), street.asker.bus)
    assert answer["payload"] == {"value": 2.0}
    (sent,) = (each.message for each in street.stranger.published("packets.adder"))
    keys = street.adder.seal._keys
    assert verify_packet(sent, keys) == street.asker.identity.key_id
    assert verify_packet(answer, keys) == street.adder.identity.key_id
    assert street.asked == ["asker"]


@pytest.mark.positive
def test_clients_need_not_think_of_signatures(street):
    client = street.client()
    assert client.ask("add", Number(value=3.0), CALL, Number, timeout_ms=1000).value == 4.0
    open_packets(street.asker, "adder").tell("add", Number(value=1.0), CALL)
    assert street.adder.bus.pump() == 1
    assert street.asked == ["asker", "asker"]
    assert street.adder.bus.dead_letters() == ()


@pytest.mark.positive
def test_an_answer_to_another_name_of_the_agent_is_signed_as_well(street):
    answer = street.ask(street.packet(to="Adder"), street.asker.bus)
    assert answer["source_agent"] == "adder"
    assert verify_packet(answer, street.asker.seal._keys) == street.adder.identity.key_id


@pytest.mark.positive
def test_what_a_handler_publishes_with_its_acknowledgement_is_signed(street):
    def pass_on(delivery):
        delivery.publish("packets.asker", street.packet("adder", "asker"), key="k")
        delivery.publish("notes", street.packet("adder", "asker"), key="k")

    heard = []
    street.adder.bus.subscribe("work", "adder.work", pass_on)
    street.asker.bus.subscribe("packets.asker", "asker", lambda sent: heard.append(sent.message))
    street.adder.bus.publish("work", {}, key="k")
    street.adder.bus.pump()
    street.asker.bus.pump()
    assert [verify_packet(each, street.asker.seal._keys) for each in heard] == [
        street.adder.identity.key_id
    ]
    (note,) = street.stranger.published("notes")
    assert signature_of(note.message) is None


@pytest.mark.positive
def test_events_and_own_work_pass_as_they_are(street):
    heard = []
    street.adder.bus.subscribe("events.*", "listener", lambda sent: heard.append(sent.message))
    street.stranger.publish("events.asker.done", {"n": 1}, key="k")
    street.adder.bus.pump()
    assert heard == [{"n": 1}]


@pytest.mark.negative
@pytest.mark.parametrize(
    ("forged", "why"),
    [
        (lambda street: street.packet(), "the signature is missing"),
        (
            lambda street: sign_packet(street.packet(), SigningKey.generate()),
            "the signature is of a key that is not trusted",
        ),
        (
            lambda street: sign_packet(street.packet(), street.adder.identity),
            "the signature is not of 'asker'",
        ),
        (
            lambda street: {
                **sign_packet(street.packet(), street.asker.identity),
                "payload": {"value": 9.0},
            },
            "the signature is not of this document",
        ),
        (
            lambda street: sign_packet(street.packet("nobody"), street.asker.identity),
            "the signature is not of 'nobody'",
        ),
    ],
)
def test_a_packet_of_unproven_origin_is_refused_told_and_audited(street, forged, why):
    packet = forged(street)
    assert street.ask(packet) == {"status": 401, "title": "token required", "detail": why}
    assert street.asked == []
    (record,) = street.refusals(street.adder)
    assert (record.actor, record.subject) == ("adder", packet["packet_id"])
    assert record.detail == {"source": packet["source_agent"], "packet_type": "add", "why": why}
    assert record.trace_id == packet["metadata"]["trace_id"]
    assert street.adder.audit.verify().intact


@pytest.mark.negative
def test_a_forged_packet_that_nobody_waits_for_is_a_dead_letter_at_once(street):
    street.stranger.publish("packets.adder", street.packet(), key="k")
    street.adder.bus.pump()
    (letter,) = street.adder.bus.dead_letters("adder.packets")
    assert letter.attempts == 1
    assert letter.error == "NotAuthenticatedError: the signature is missing"
    assert len(street.refusals(street.adder)) == 1


@pytest.mark.positive
def test_a_refused_packet_can_be_replayed_when_its_sender_is_trusted(street):
    domain = SigningKey.generate()
    street.stranger.publish("packets.adder", sign_packet(street.packet("shop"), domain), key="k")
    street.adder.bus.pump()
    street.adder.seal._keys.trust({**domain.public_jwk(), "agent": "shop"})
    assert street.adder.bus.replay("adder.packets") == 1
    street.adder.bus.pump()
    assert street.asked == ["shop"]
    assert street.adder.bus.dead_letters() == ()


@pytest.mark.negative
def test_a_forged_answer_is_not_taken_for_that_of_the_agent(street):
    def impostor(delivery):
        asked = parse_packet(delivery.message)
        sent = new_packet("adder", "asker", {"value": 7.0}, clock=street.clock, packet_type="add")
        answer = sent.to_json()
        answer["metadata"] = {**answer["metadata"], "in_reply_to": asked.packet_id}
        delivery.reply(answer)

    street.adder.bus.leave("adder.packets")
    street.stranger.subscribe("packets.adder", "adder.packets", impostor)
    client = PacketClient(
        "asker",
        "adder",
        street.asker.bus,
        clock=street.clock,
        pause=lambda _: street.stranger.pump(),
    )
    with pytest.raises(BadAnswerError, match="adder: add: the signature is missing"):
        client.ask("add", Number(value=1.0), CALL, Number, timeout_ms=1000)
    assert [record.detail["source"] for record in street.refusals(street.asker)] == ["adder"]


@pytest.mark.negative
def test_another_agent_cannot_answer_for_the_one_that_was_asked(street):
    def impostor(delivery):
        asked = parse_packet(delivery.message)
        sent = new_packet("asker", "asker", {"value": 7.0}, clock=street.clock, packet_type="add")
        answer = sent.to_json()
        answer["metadata"] = {**answer["metadata"], "in_reply_to": asked.packet_id}
        delivery.reply(sign_packet(answer, street.asker.identity))

    street.adder.bus.leave("adder.packets")
    street.stranger.subscribe("packets.adder", "adder.packets", impostor)
    client = PacketClient(
        "asker",
        "adder",
        street.asker.bus,
        clock=street.clock,
        pause=lambda _: street.stranger.pump(),
    )
    with pytest.raises(BadAnswerError, match="adder: add: asker answered instead"):
        client.ask("add", Number(value=1.0), CALL, Number, timeout_ms=1000)


@pytest.mark.positive
def test_where_no_agents_key_is_trusted_packets_are_taken_as_they_come(open_street):
    street = open_street(trusting=())
    assert street.ask(street.packet("anybody"))["payload"] == {"value": 2.0}
    assert street.refusals(street.adder) == []


@pytest.mark.negative
def test_required_signatures_are_required_without_any_key_too(open_street):
    street = open_street("required", trusting=())
    assert street.ask(street.packet())["detail"] == "the signature is missing"


@pytest.mark.negative
def test_one_trusted_key_closes_the_door_to_all_others(open_street):
    street = open_street(trusting=("adder",))
    told = street.ask(street.packet(), street.asker.bus)
    assert told["detail"] == "the signature is of a key that is not trusted"


@pytest.mark.positive
def test_while_old_releases_run_unsigned_packets_may_be_let_in(open_street):
    street = open_street("if_present")
    assert street.ask(street.packet())["payload"] == {"value": 2.0}
    told = street.ask(sign_packet(street.packet(), SigningKey.generate()))
    assert told["detail"] == "the signature is of a key that is not trusted"


@pytest.mark.positive
def test_a_token_vouches_for_a_packet_without_a_signature_but_not_for_a_false_one(street):
    street.adder.seal.check(street.packet(), vouched=True)
    with pytest.raises(NotAuthenticatedError, match="a key that is not trusted"):
        street.adder.seal.check(sign_packet(street.packet(), SigningKey.generate()), vouched=True)


@pytest.mark.negative
@pytest.mark.parametrize("broken", [{"metadata": None}, {"metadata": "none"}])
def test_what_is_no_packet_is_left_to_the_desk(street, broken):
    told = street.ask(street.packet(**broken))
    assert (told["status"], told["title"]) == (400, "invalid packet")
    assert street.refusals(street.adder) == []


@pytest.mark.negative
def test_a_refusal_of_fields_that_are_no_text_is_audited_all_the_same(street):
    packet = street.packet(packet_id=7)
    packet["metadata"] = {**packet["metadata"], "trace_id": None, "packet_type": ["add"]}
    assert street.ask(packet)["status"] == 401
    (record,) = street.refusals(street.adder)
    assert (record.subject, record.detail["packet_type"]) == ("", "")
    assert len(record.trace_id) == 36


@pytest.mark.positive
def test_packets_of_another_agent_leave_with_the_signature_that_they_came_with(street):
    first = sign_packet(street.packet(), street.asker.identity)
    street.adder.bus.publish("packets.third", first, key="k")
    (kept,) = street.stranger.published("packets.third")
    assert kept.message == first


@pytest.mark.negative
def test_an_unknown_rule_is_refused():
    assert rule_named("if_present") == "if_present"
    with pytest.raises(ConfigError, match="'never' is none of required, keyed, if_present"):
        rule_named("never")


# A packet as each release writes it, whatever the present one writes.
RELEASES = {
    "1.0": {
        "packet_id": "6f1b1a52-9f0e-4b6c-8a57-0d4a2f6f9a01",
        "source_agent": "asker",
        "destination_agent": "adder",
        "timestamp": "2026-11-23T02:00:00.000+00:00",
        "payload": {"value": 1.0},
        "metadata": {
            "trace_id": TRACE,
            "priority": "normal",
            "governance_flags": [],
            "packet_type": "add",
        },
    },
    "1.7": {
        "schema_version": "1.7",
        "packet_id": "6f1b1a52-9f0e-4b6c-8a57-0d4a2f6f9a07",
        "source_agent": "asker",
        "destination_agent": "adder",
        "timestamp": "2026-11-23T02:00:00.000+00:00",
        "payload": {"value": 1.0},
        "shard": 3,
        "metadata": {
            "trace_id": TRACE,
            "priority": "normal",
            "governance_flags": [],
            "packet_type": "add",
            "idempotency_key": "job-7",
            "tenant": "t",
        },
    },
}


@pytest.mark.positive
@pytest.mark.parametrize("release", RELEASES)
def test_an_older_and_a_newer_release_are_answered(street, release):
    signed = sign_packet(RELEASES[release], street.asker.identity)
    answer = street.ask(signed)
    assert answer["payload"] == {"value": 2.0}
    assert answer["metadata"]["in_reply_to"] == signed["packet_id"]
    assert parse_packet(signed).schema_version == release
    assert answer["schema_version"].split(".")[0] == release.split(".")[0]


@pytest.mark.positive
def test_the_first_release_reads_what_this_one_sends(street, monkeypatch):
    """It knows neither the signature nor the minor version, and carries both along."""
    sent = sign_packet(street.packet(), street.asker.identity)
    monkeypatch.setattr("agent_runtime.packets.SCHEMA_VERSION", "1.0")
    read: PacketEnvelope = parse_packet(sent)
    assert read.schema_version == "1.1"
    assert read.metadata.extensions == {SIGNATURE: signature_of(sent)}
    assert verify_packet(read.to_json(), street.adder.seal._keys)


@pytest.mark.negative
def test_another_major_version_is_refused_with_its_name(street):
    told = street.ask(
        sign_packet({**RELEASES["1.7"], "schema_version": "2.0"}, street.asker.identity)
    )
    assert (told["status"], told["detail"]) == (400, "schema_version must be compatible with 1.1")
    assert street.asked == []
