"""Personal fields are sealed per person; erasing one person erases that person everywhere."""

import json
import subprocess
import sys

import pytest
from agent_runtime.audit import AuditLog
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError, InputBoundsError, MemoryLayerError
from agent_runtime.memory.layers import open_embedded
from agent_runtime.memory.topology import EpisodicSpec, MemoryTopology
from agent_runtime.personal import PersonalFields, open_document, seal_document
from agent_runtime.vault import ERASED, PERSON, SEALED, SubjectVault, open_vault
from hypothesis import given, settings
from hypothesis import strategies as st

MASTER = bytes(range(32))
PERSONAL = (
    PersonalFields(subject="buyer_id", fields=("contact_name", "contact_email")),
    PersonalFields(subject="borrower_id", fields=("income",)),
)
DEAL = {
    "deal_id": "d-1",
    "buyer": {"buyer_id": "b-1", "contact_name": "Ada Lovelace", "country": "GB"},
    "loans": [{"borrower_id": "p-7", "income": 51_000.5}, {"borrower_id": "p-8", "income": None}],
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vault.db"


@pytest.fixture
def vault(path):
    made = SubjectVault(path, MASTER, ManualClock(5.0))
    yield made
    made.close()


def on_disk(folder):
    return b"".join(found.read_bytes() for found in folder.iterdir())


@pytest.mark.positive
def test_personal_fields_are_sealed_at_any_depth_and_nothing_else(vault):
    sealed = seal_document(DEAL, PERSONAL, vault)
    text = json.dumps(sealed)
    assert "Ada" not in text
    assert "51000.5" not in text
    assert sealed["deal_id"] == "d-1"
    assert sealed["buyer"]["buyer_id"] == "b-1"
    assert sealed["buyer"]["country"] == "GB"
    assert set(sealed["buyer"]["contact_name"]) == {PERSON, SEALED}


@pytest.mark.positive
def test_what_was_sealed_is_read_as_it_was(vault):
    assert open_document(seal_document(DEAL, PERSONAL, vault), vault) == DEAL


@pytest.mark.positive
def test_a_personal_name_in_a_record_of_nobody_stays(vault):
    stated = {"contact_name": "Reception", "rows": [1, "two", None]}
    assert seal_document(stated, PERSONAL, vault) == stated


@pytest.mark.positive
def test_sealing_again_changes_nothing(vault):
    once = seal_document(DEAL, PERSONAL, vault)
    assert seal_document(once, PERSONAL, vault) == once


@pytest.mark.positive
def test_one_value_is_sealed_differently_each_time(vault):
    one = vault.seal("b-1", "contact_name", "Ada")
    other = vault.seal("b-1", "contact_name", "Ada")
    assert one[SEALED] != other[SEALED]
    assert one[PERSON] == other[PERSON] == vault.reference("b-1")


@pytest.mark.positive
def test_the_reference_of_a_person_depends_on_the_master_key(vault, tmp_path):
    other = SubjectVault(tmp_path / "other.db", bytes(32), ManualClock())
    assert vault.reference("b-1") != other.reference("b-1")
    assert "b-1" not in vault.reference("b-1")
    other.close()


@pytest.mark.positive
def test_erasing_a_person_leaves_the_others_readable(vault):
    sealed = seal_document(DEAL, PERSONAL, vault)
    assert vault.erase("b-1") is True
    opened = open_document(sealed, vault)
    assert opened["buyer"] == {"buyer_id": "b-1", "contact_name": ERASED, "country": "GB"}
    assert opened["loans"] == DEAL["loans"]
    assert vault.erased("b-1")
    assert not vault.erased("p-7")


@pytest.mark.positive
def test_an_erased_person_is_gone_from_the_audit_log_and_its_chain_holds(vault, tmp_path):
    log = AuditLog(tmp_path / "log" / "audit.jsonl", clock=ManualClock())
    detail = seal_document(DEAL, PERSONAL, vault)
    log.append("deal_seen", actor="adapter", subject="d-1", detail=detail, trace_id="t")
    vault.erase("b-1")
    (record,) = log.records()
    assert open_document(record.detail, vault)["buyer"]["contact_name"] == ERASED
    assert log.verify().intact
    assert b"Ada" not in (tmp_path / "log" / "audit.jsonl").read_bytes()


@pytest.mark.positive
def test_the_key_of_an_erased_person_is_nowhere_on_the_disk(vault, path, tmp_path):
    vault.seal("b-1", "contact_name", "Ada")
    (wrapped,) = vault._database.rows("SELECT wrapped FROM persons")[0]
    assert wrapped in on_disk(tmp_path)
    vault.erase("b-1")
    assert wrapped not in on_disk(tmp_path)


@pytest.mark.positive
def test_erasures_are_repeated_on_a_vault_restored_from_an_older_state(vault, path, tmp_path):
    sealed = vault.seal("b-1", "contact_name", "Ada")
    older = tmp_path / "older.db"
    vault._database.rows("VACUUM INTO ?", (str(older),))
    vault.erase("b-1")
    restored = SubjectVault(older, MASTER, ManualClock())
    assert restored.open("contact_name", sealed) == "Ada"
    assert restored.erase_references(vault.erasures()) == 1
    assert restored.open("contact_name", sealed) == ERASED
    assert restored.erasures() == (vault.reference("b-1"),)
    restored.close()


@pytest.mark.positive
def test_two_processes_that_meet_a_person_at_once_share_one_key(vault, path):
    program = (
        "import sys, json; from pathlib import Path\n"
        "from agent_runtime.clock import system_clock\n"
        "from agent_runtime.vault import SubjectVault\n"
        "vault = SubjectVault(Path(sys.argv[1]), bytes(range(32)), system_clock)\n"
        "print(json.dumps([vault.seal('p-%d' % n, 'f', n) for n in range(40)]))\n"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    for run in runs:
        out, _ = run.communicate(timeout=60)
        assert [vault.open("f", each) for each in json.loads(out)] == list(range(40))


@pytest.mark.positive
@given(value=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
@settings(max_examples=40, deadline=None)
def test_any_json_comes_back(tmp_path_factory, value):
    vault = SubjectVault(tmp_path_factory.mktemp("v") / "vault.db", MASTER, ManualClock())
    assert vault.open("f", vault.seal("s\udc80", "f", value)) == value
    vault.close()


@pytest.mark.negative
def test_nothing_about_an_erased_person_is_taken_in_again(vault):
    vault.seal("b-1", "contact_name", "Ada")
    vault.erase("b-1")
    with pytest.raises(InputBoundsError, match="this person was erased"):
        vault.seal("b-1", "contact_name", "Ada")


@pytest.mark.negative
def test_erasing_somebody_unknown_or_twice_says_so(vault):
    assert vault.erase("nobody") is False
    vault.seal("b-1", "contact_name", "Ada")
    assert [vault.erase("b-1"), vault.erase("b-1")] == [True, False]


@pytest.mark.negative
def test_sealed_text_cannot_be_moved_to_another_field_or_person(vault):
    sealed = vault.seal("b-1", "contact_name", "Ada")
    vault.seal("b-2", "contact_name", "Grace")
    with pytest.raises(MemoryLayerError, match="the sealed field 'contact_email' is damaged"):
        vault.open("contact_email", sealed)
    with pytest.raises(MemoryLayerError, match="is damaged"):
        vault.open("contact_name", {**sealed, PERSON: vault.reference("b-2")})


@pytest.mark.negative
@pytest.mark.parametrize("text", ["", "%%%", "AAAA", None])
def test_damaged_sealed_text_is_told(vault, text):
    sealed = vault.seal("b-1", "contact_name", "Ada")
    with pytest.raises(MemoryLayerError, match="the sealed field 'contact_name' is damaged"):
        vault.open("contact_name", {**sealed, SEALED: text})


@pytest.mark.negative
def test_a_person_that_the_vault_does_not_know_is_told(vault, tmp_path):
    other = SubjectVault(tmp_path / "other.db", MASTER, ManualClock())
    with pytest.raises(MemoryLayerError, match="a person whom this vault does not know"):
        vault.open("f", other.seal("x", "f", 1))
    other.close()


@pytest.mark.negative
def test_another_master_key_opens_nothing(vault, path):
    sealed = vault.seal("b-1", "contact_name", "Ada")
    thief = SubjectVault(path, bytes(32), ManualClock())
    with pytest.raises(MemoryLayerError, match="written under another master key"):
        thief.open("contact_name", sealed)
    thief.close()


@pytest.mark.negative
def test_a_master_key_of_another_length_is_refused(path):
    with pytest.raises(ConfigError, match="the master key of personal data has 32 bytes"):
        SubjectVault(path, b"short", ManualClock())


@pytest.mark.negative
@pytest.mark.parametrize(
    ("subject", "fields"), [("", ("a",)), ("a", ()), ("a", ("",)), ("a", ("a", "b"))]
)
def test_a_declaration_that_seals_nothing_or_its_subject_is_refused(subject, fields):
    with pytest.raises(ConfigError, match=r"personal data needs|cannot be sealed"):
        PersonalFields(subject=subject, fields=fields)


@pytest.mark.positive
def test_a_vault_makes_its_master_key_once_for_its_owner_only(tmp_path):
    key = tmp_path / "keys" / "personal.key"
    first = open_vault(tmp_path / "vault.db", key, ManualClock())
    sealed = first.seal("b-1", "f", "x")
    again = open_vault(tmp_path / "vault.db", key, ManualClock())
    assert again.open("f", sealed) == "x"
    assert key.stat().st_mode & 0o777 == 0o600
    first.close()
    again.close()


@pytest.mark.negative
@pytest.mark.parametrize(("text", "reason"), [("xyz", "holds no key"), ("abcd", "has 32 bytes")])
def test_a_key_file_that_holds_no_master_key_is_refused(tmp_path, text, reason):
    key = tmp_path / "personal.key"
    key.write_text(text)
    with pytest.raises(ConfigError, match=reason):
        open_vault(tmp_path / "vault.db", key, ManualClock())


@pytest.mark.positive
def test_layers_open_a_vault_only_if_something_is_personal(tmp_path):
    plain = open_embedded(tmp_path / "a", MemoryTopology(agent="a"), ManualClock())
    assert plain.vault is None
    assert plain.sealed(DEAL) == plain.opened(DEAL) == DEAL
    topology = MemoryTopology(agent="a", episodic=EpisodicSpec(), personal=PERSONAL)
    sealing = open_embedded(tmp_path / "b", topology, ManualClock())
    sealed = sealing.sealed(DEAL)
    assert "Ada" not in json.dumps(sealed)
    assert sealing.opened(sealed) == DEAL
    sealing.close()
    plain.close()
