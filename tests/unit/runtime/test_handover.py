"""A model is handed over by who may, for what was approved, unchanged; else it is refused."""

import json

import pytest
from agent_runtime.clients.packets import PacketClient
from agent_runtime.clock import ManualClock
from agent_runtime.dispatch import PacketDesk, PacketType
from agent_runtime.errors import (
    AgentError,
    InputBoundsError,
    MemoryLayerError,
    ModelStoreError,
    NotAuthenticatedError,
    NotAuthorisedError,
)
from agent_runtime.handover.passing import TOKEN_SECONDS, BundleFolder, Handover
from agent_runtime.handover.receiving import ReceivingDesk
from agent_runtime.handover.sending import HandoverDesk
from agent_runtime.keys import KeyRing, SigningKey
from agent_runtime.modelstore import ModelStore
from agent_runtime.replay import SqliteReplayLedger
from agent_runtime.service.spec import answered_by
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.handover import ModelReady, ModelReadyAnswer
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_trainings import naive_candidate, skilled_candidate
from agent_runtime.tokens import TokenIssuer, TokenVerifier

SENT = Call(trace_id=TRACE, caller="trainer")
SKILLED, NAIVE = skilled_candidate(), naive_candidate()


class Office(list):
    def audit(self, action, subject, detail, trace_id):
        self.append((action, subject, detail["action"], detail["sender"], trace_id))


class Plant:
    """A trainer and a scorer that share a folder; `ask_model_ready` is the way between them."""

    def __init__(self, root):
        self.clock, self.office = ManualClock(), Office()
        keys = {name: SigningKey.generate() for name in ("trainer", "scorer", "other", "people")}
        ring = KeyRing.from_jwks(
            json.dumps(
                {
                    "keys": [
                        {
                            **key.public_jwk(),
                            "roles": ["governance" if name == "people" else "service"],
                        }
                        for name, key in keys.items()
                    ]
                }
            )
        )
        self.folder = root / "handover"
        self.issuers = {name: TokenIssuer(key, clock=self.clock) for name, key in keys.items()}
        self.means = {}
        for name in ("trainer", "scorer", "other"):
            ledger = SqliteReplayLedger(root / f"{name}.db", self.clock)
            self.means[name] = Handover(
                agent=name,
                bundles=BundleFolder(self.folder),
                issuer=self.issuers[name],
                verifier=TokenVerifier(ring, audience=name, clock=self.clock, ledger=ledger),
            )
        self.store = ModelStore(root / "models", clock=self.clock)
        self.desk = self.receiving(self.means["scorer"])
        self.call, self.sent = SENT, []

    def receiving(self, means):
        return ReceivingDesk(
            audit_event="model_loading",
            senders=("trainer",),
            store=self.store,
            handover=means,
            office=self.office,
        )

    def approval(self, digest, audience="scorer", subject="Anna"):
        action = f"promote_model:{digest}"
        return self.issuers["people"].issue(subject, ("governance",), audience, 600, action=action)

    def ask_model_ready(self, payload, call, *, key=None):
        self.sent.append(payload)
        return self.desk.receive(payload, self.call)

    def hand_over(self, candidate, approval=None, means="trainer"):
        desk = HandoverDesk(receiver="scorer", means=self.means[means], taker=self)
        return desk.hand_over(candidate.bundle, candidate.content, approval=approval, call=SENT)

    def serve(self, candidate):
        told = self.hand_over(candidate, self.approval(candidate.bundle.digest))
        assert told == f"scorer serves it as {self.store.current()}"

    def file(self, candidate):
        return self.folder / f"{candidate.bundle.digest}.safetensors"

    def ready(self, candidate, **changes):
        """Have a packet made that nobody received yet."""
        sent = self.means["trainer"].sender_token("scorer", candidate.bundle.digest)
        self.means["trainer"].bundles.put(candidate.content)
        made = {
            "model": candidate.bundle.digest,
            "metrics": dict(candidate.bundle.metrics),
            "sender_token": sent,
            "approval": self.approval(candidate.bundle.digest),
            **changes,
        }
        return ModelReady.model_validate(made)

    def refused(self, error, match, request, call=SENT):
        before = len(self.store.versions())
        with pytest.raises(error, match=match):
            self.desk.receive(request, call)
        assert len(self.store.versions()) == before
        assert self.office[-1][:3] == ("model_loading", request.model, "handover_refused")


@pytest.fixture
def plant(tmp_path):
    return Plant(tmp_path)


def test_an_approved_model_serves_with_its_figures_and_is_on_record(plant):
    plant.serve(NAIVE)
    before = plant.store.current()
    plant.serve(SKILLED)
    record = plant.store.load_current().record
    assert record.details["bundle"] == SKILLED.bundle.digest
    assert dict(record.metrics) == dict(SKILLED.bundle.metrics)
    assert record.parents == (before,)
    assert plant.office[-1] == (
        "model_loading", SKILLED.bundle.digest, "handed_over", "trainer", TRACE,
    )  # fmt: skip


def test_who_approved_is_answered(plant):
    answer = plant.desk.receive(plant.ready(SKILLED), SENT)
    assert (answer.approver, answer.governance_status) == ("Anna", "approved")
    assert (answer.model, answer.model_version) == (SKILLED.bundle.digest, plant.store.current())


def test_a_model_that_stands_needs_no_second_approval(plant):
    plant.serve(NAIVE)
    first = plant.store.current()
    plant.serve(SKILLED)
    assert plant.hand_over(SKILLED) == f"scorer serves it as {plant.store.current()}"
    assert plant.hand_over(NAIVE) == f"scorer serves it as {first}"
    assert plant.store.current() == first
    assert len(plant.store.versions()) == 2


def test_a_model_that_was_rolled_back_needs_an_approval_again(plant):
    plant.serve(NAIVE)
    plant.serve(SKILLED)
    plant.store.rollback(reason="accuracy fell")
    assert "needs an approval" in plant.hand_over(SKILLED)
    assert plant.store.load_current().record.details["bundle"] == NAIVE.bundle.digest


def test_a_tampered_bundle_is_refused_before_the_approval_is_spent(plant):
    request = plant.ready(SKILLED)
    whole = plant.file(SKILLED).read_bytes()
    plant.file(SKILLED).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    plant.refused(InputBoundsError, "the bundle is not that of", request)
    told = plant.hand_over(SKILLED, request.approval)
    assert told == f"scorer serves it as {plant.store.current()}"


def test_bytes_that_are_no_model_are_refused(plant):
    digest = plant.means["trainer"].bundles.put(b"no model")
    request = plant.ready(SKILLED, model=digest, approval=plant.approval(digest))
    token = plant.means["trainer"].sender_token("scorer", digest)
    request = request.model_copy(update={"sender_token": token})
    plant.refused(InputBoundsError, "holds no described model", request)


def test_a_bundle_that_is_missing_or_a_link_is_refused(plant, tmp_path):
    request = plant.ready(SKILLED)
    plant.file(SKILLED).rename(tmp_path / "elsewhere")
    plant.refused(InputBoundsError, "is not a regular file", request)
    plant.file(SKILLED).symlink_to(tmp_path / "elsewhere")
    token = plant.means["trainer"].sender_token("scorer", SKILLED.bundle.digest)
    again = request.model_copy(update={"sender_token": token})
    plant.refused(InputBoundsError, "is not a regular file", again)


def test_figures_other_than_those_of_the_bundle_are_refused(plant):
    better = dict.fromkeys(SKILLED.bundle.metrics, 1.0)
    plant.refused(InputBoundsError, "figures", plant.ready(SKILLED, metrics=better))


def test_a_packet_that_comes_again_is_refused(plant):
    request = plant.ready(SKILLED)
    plant.desk.receive(request, SENT)
    plant.refused(NotAuthenticatedError, "used before", request)


def test_an_approval_is_good_once(plant):
    plant.serve(NAIVE)
    approval = plant.approval(SKILLED.bundle.digest)
    plant.hand_over(SKILLED, approval)
    plant.store.rollback(reason="accuracy fell")
    assert plant.hand_over(SKILLED, approval).endswith("the token was used before")


@pytest.mark.parametrize(
    ("audience", "signer", "match"),
    [("trainer", "people", "another audience"), ("scorer", "trainer", "lacks the role")],
)
def test_an_approval_for_another_agent_or_by_no_person_is_refused(plant, audience, signer, match):
    digest = SKILLED.bundle.digest
    token = plant.issuers[signer].issue(
        "Anna", ("governance",), audience, 600, action=f"promote_model:{digest}"
    )
    plant.refused(AgentError, match, plant.ready(SKILLED, approval=token))


def test_an_approval_of_another_model_or_none_is_refused(plant):
    wrong = plant.approval(NAIVE.bundle.digest)
    plant.refused(NotAuthorisedError, "approves", plant.ready(SKILLED, approval=wrong))
    plant.refused(NotAuthenticatedError, "needs", plant.ready(SKILLED, approval=None))


def test_an_agent_that_is_no_declared_sender_is_refused(plant):
    call = Call(trace_id=TRACE, caller="other")
    plant.refused(NotAuthorisedError, "other hands over no models", plant.ready(SKILLED), call)


def test_who_only_says_to_be_the_sender_is_refused(plant):
    digest = SKILLED.bundle.digest
    token = plant.means["other"].sender_token("scorer", digest)
    request = plant.ready(SKILLED, sender_token=token)
    plant.refused(NotAuthenticatedError, "of other, not trainer", request)


def test_a_senders_token_for_another_model_or_too_late_is_refused(plant):
    token = plant.means["trainer"].sender_token("scorer", NAIVE.bundle.digest)
    request = plant.ready(SKILLED, sender_token=token)
    plant.refused(NotAuthorisedError, "not for this model", request)
    late = plant.ready(SKILLED)
    plant.clock.advance(TOKEN_SECONDS)
    plant.refused(NotAuthenticatedError, "expired", late)


def test_an_agent_without_the_means_takes_no_model(plant):
    plant.desk = plant.receiving(None)
    plant.refused(NotAuthorisedError, "hands over no models", plant.ready(SKILLED))


def test_a_model_goes_over_the_bus_as_a_packet(plant, tmp_path):
    bench = AgentBench(tmp_path / "scorer", agent="scorer")
    ready = answered_by(plant.desk.receive, ModelReady, ModelReadyAnswer)
    packets = PacketDesk(
        agent="scorer",
        names=("scorer",),
        types=(PacketType(name="model_ready", timeout_ms=1000),),
        operations={"model_ready": ready},
        governance=bench.governance,
        clock=plant.clock,
    )
    packets.listen(bench.bus)
    client = PacketClient(
        "trainer", "scorer", bench.bus, clock=plant.clock, pause=lambda _seconds: bench.bus.pump()
    )

    class Taker:
        def ask_model_ready(self, payload, call, *, key=None):
            return client.ask("model_ready", payload, call, ModelReadyAnswer, timeout_ms=1000)

    desk = HandoverDesk(receiver="scorer", means=plant.means["trainer"], taker=Taker())
    approval = plant.approval(SKILLED.bundle.digest)
    told = desk.hand_over(SKILLED.bundle, SKILLED.content, approval=approval, call=SENT)
    assert told == f"scorer serves it as {plant.store.current()}"
    told = desk.hand_over(NAIVE.bundle, NAIVE.content, approval=None, call=SENT)
    assert "needs an approval" in told


def test_what_the_receiver_refuses_is_told_in_words(plant):
    told = plant.hand_over(SKILLED)
    assert told.startswith("scorer does not serve it yet: ")
    assert plant.store.versions() == ()


@pytest.mark.parametrize("missing", ["means", "taker"])
def test_where_nobody_takes_models_nothing_is_told(plant, missing):
    parts = {"means": plant.means["trainer"], "taker": plant, missing: None}
    desk = HandoverDesk(receiver="scorer", **parts)
    assert desk.hand_over(SKILLED.bundle, SKILLED.content, approval=None, call=SENT) == ""
    assert plant.sent == []


def test_a_folder_that_cannot_be_written_is_told(plant, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MemoryLayerError, match="could not be stored"):
        BundleFolder(tmp_path / "file").put(b"bundle")


def test_a_name_that_is_no_digest_reads_nothing(tmp_path):
    with pytest.raises(ModelStoreError, match="64 hex digits"):
        BundleFolder(tmp_path).read("../../etc/passwd")
