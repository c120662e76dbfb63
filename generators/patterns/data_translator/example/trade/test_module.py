"""What `L9.example.module` promises.

Expected by the schema and by data_translator@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.translation.book import RecordBook
from agent_runtime.values import JsonObject

from L9.agents.adapters.plastos.governance_bridge import POLICY, RULES, SIGNALS, GovernanceBridge
from L9.agents.adapters.plastos.plastos_data_translator import (
    AUDIT_EVENT,
    DOMAIN,
    RECORDS,
    DataTranslator,
)

SAMPLES: dict[str, JsonObject] = {
    "buyer": {
        "buyer_id": "buyer-1",
        "legal_name": "legal_name of buyer 1",
        "contact_email": "contact_email of buyer 1",
        "vat_number": "vat_number of buyer 1",
        "region": "north",
        "polymer": "PP",
        "melt_flow_low": 30.05,
        "melt_flow_high": 60.05,
        "contamination_limit": 5.0,
        "colour": "natural",
        "demand": 250.5,
        "bid_price": 2550.0,
    },
    "supplier": {
        "supplier_id": "supplier-1",
        "legal_name": "legal_name of supplier 1",
        "contact_email": "contact_email of supplier 1",
        "vat_number": "vat_number of supplier 1",
        "region": "north",
    },
    "material": {
        "material_id": "material-1",
        "supplier_id": "supplier-1",
        "polymer": "PP",
        "melt_flow": 60.05,
        "contamination": 10.0,
        "colour": "natural",
        "origin": "north",
        "offer": 250.5,
        "ask_price": 2525.0,
    },
    "transaction": {
        "transaction_id": "transaction-1",
        "supplier_id": "supplier-1",
        "buyer_id": "buyer-1",
        "material_id": "material-1",
        "quantity": 250.25,
        "price": 2525.0,
        "agreed_at": 10.0,
    },
}
TYPES = tuple(SAMPLES)


@pytest.fixture
def bench(tmp_path: Path) -> AgentBench:
    return AgentBench(
        tmp_path, agent="plastos_adapter", signals=SIGNALS, rules=RULES, policy=POLICY
    )


@pytest.fixture
def book(tmp_path: Path, bench: AgentBench) -> Iterator[RecordBook]:
    book = RecordBook(tmp_path / "records.db", bench.clock)
    yield book
    book.close()


@pytest.fixture
def translator(bench: AgentBench, book: RecordBook) -> DataTranslator:
    return DataTranslator(GovernanceBridge(bench.governance), book)


@pytest.mark.positive
def test_the_records_of_the_schema_are_known() -> None:
    assert RECORDS.domain == DOMAIN == "PlastOS"
    assert RECORDS.names == TYPES


@pytest.mark.positive
@pytest.mark.parametrize("record", TYPES)
def test_a_record_comes_back_as_it_was(translator: DataTranslator, record: str) -> None:
    canonical = translator.translate(record, SAMPLES[record])
    assert translator.restore(canonical) == SAMPLES[record]


@pytest.mark.positive
def test_a_batch_is_accepted_remembered_and_audited(
    bench: AgentBench, book: RecordBook, translator: DataTranslator
) -> None:
    batch = translator.take(SAMPLES.items(), trace_id=TRACE)
    assert batch.refused == ()
    assert [each.record for each in batch.accepted] == list(TYPES)
    assert all(book.of_type(record) for record in TYPES)
    (audited,) = [each for each in bench.audit.records() if each.action == AUDIT_EVENT]
    assert audited.detail == batch.report
    assert audited.trace_id == TRACE
    assert bench.escalations.pending() == ()


@pytest.mark.positive
def test_entities_carry_the_name_of_their_domain(translator: DataTranslator) -> None:
    for record in TYPES:
        entity = translator.translate(record, SAMPLES[record]).entity
        if RECORDS.get(record).entity:
            key = str(SAMPLES[record][RECORDS.get(record).key])
            assert entity == translator.entity(record, key)
        else:
            assert entity is None


@pytest.mark.positive
def test_what_a_record_states_becomes_links(translator: DataTranslator) -> None:
    for record in TYPES:
        declared = [link.relation for link in RECORDS.get(record).links]
        links = translator.translate(record, SAMPLES[record]).links
        assert [link.relation for link in links] == declared


@pytest.mark.positive
def test_personal_data_is_kept_apart_and_not_remembered(
    book: RecordBook, translator: DataTranslator
) -> None:
    translator.take(SAMPLES.items(), trace_id=TRACE)
    canonical = translator.translate("buyer", SAMPLES["buyer"])
    assert tuple(canonical.personal) == ("legal_name", "contact_email")
    assert [known.personal for known in book.of_type("buyer")] == [{}]
    canonical = translator.translate("supplier", SAMPLES["supplier"])
    assert tuple(canonical.personal) == ("legal_name", "contact_email")
    assert [known.personal for known in book.of_type("supplier")] == [{}]


@pytest.mark.negative
@pytest.mark.parametrize("record", TYPES)
def test_a_record_without_its_key_is_refused(translator: DataTranslator, record: str) -> None:
    key = RECORDS.get(record).key
    document = {name: value for name, value in SAMPLES[record].items() if name != key}
    with pytest.raises(InputBoundsError, match=f"{key} is missing"):
        translator.translate(record, document)


@pytest.mark.negative
def test_a_field_that_is_not_declared_is_refused(translator: DataTranslator) -> None:
    with pytest.raises(InputBoundsError, match="surprise is not declared"):
        translator.translate(TYPES[0], {**SAMPLES[TYPES[0]], "surprise": 1})


@pytest.mark.negative
def test_a_type_that_is_not_declared_is_refused(translator: DataTranslator) -> None:
    batch = translator.take([("surprise", {})], trace_id=TRACE)
    assert batch.accepted == ()
    assert "no record of" in batch.refused[0].reasons[0]


@pytest.mark.negative
def test_a_number_above_its_bound_is_refused(bench: AgentBench, translator: DataTranslator) -> None:
    record, field, value = ("buyer", "melt_flow_low", 61)
    batch = translator.take([(record, {**SAMPLES[record], field: value})], trace_id=TRACE)
    assert batch.accepted == ()
    assert batch.refused[0].reasons[0].startswith(f"{field} = ")
    assert AUDIT_EVENT in bench.actions()


@pytest.mark.negative
def test_a_reference_that_nobody_knows_is_refused(
    bench: AgentBench, translator: DataTranslator
) -> None:
    record, field = ("material", "supplier_id")
    batch = translator.take([(record, SAMPLES[record])], trace_id=TRACE)
    assert batch.accepted == ()
    assert any(field in reason for reason in batch.refused[0].reasons)
    assert any("domain_rule_violated" in each.condition for each in bench.escalations.pending())


@pytest.mark.negative
def test_a_deal_with_oneself_is_refused(translator: DataTranslator) -> None:
    deal, (seller, mark), (buyer, other) = (
        "transaction",
        ("supplier", "vat_number"),
        ("buyer", "vat_number"),
    )
    changed = {**SAMPLES, buyer: {**SAMPLES[buyer], other: SAMPLES[seller][mark]}}
    changed[seller] = {**SAMPLES[seller], mark: SAMPLES[seller][mark]}
    batch = translator.take(changed.items(), trace_id=TRACE)
    assert [each.record for each in batch.refused] == [deal]
    assert batch.refused[0].reasons == ("conflict: seller and buyer are one party",)
