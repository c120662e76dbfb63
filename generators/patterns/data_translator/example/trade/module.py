"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by data_translator@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Iterable
from typing import Final

from agent_runtime.translation.book import RecordBook
from agent_runtime.translation.desk import Batch, TranslationDesk, TranslationPlan
from agent_runtime.translation.fields import FieldSpec
from agent_runtime.translation.fraud import FraudLimits
from agent_runtime.translation.records import CanonicalRecord, LinkSpec, RecordSpec, RecordSpecs
from agent_runtime.translation.sight import DealSpec
from agent_runtime.translation.translator import RecordTranslator
from agent_runtime.values import JsonObject

from L9.agents.adapters.plastos.governance_bridge import GovernanceBridge

DOMAIN: Final = "PlastOS"  # integration.shareddomains
AUDIT_EVENT: Final = "data_translation_events"  # governance.auditscope
VIOLATED: Final = {"domain_rule_violated": True}  # governance.escalationpolicy
RECORDS: Final = RecordSpecs(
    DOMAIN,
    (
        RecordSpec(  # records.buyer
            name="buyer",
            key="buyer_id",
            identity="vat_number",
            fields=(
                FieldSpec(name="buyer_id"),
                FieldSpec(name="legal_name", personal=True),
                FieldSpec(name="contact_email", personal=True),
                FieldSpec(name="vat_number"),
                FieldSpec(name="region", choices=("north", "east", "south", "west")),
                FieldSpec(name="polymer", choices=("PP", "HDPE", "LDPE", "PET", "PS")),
                FieldSpec(
                    name="melt_flow_low", kind="number", unit="g_per_10min", low=0.1, high=60
                ),
                FieldSpec(
                    name="melt_flow_high", kind="number", unit="g_per_10min", low=0.1, high=120
                ),
                FieldSpec(
                    name="contamination_limit", kind="number", unit="percent", low=0, high=10
                ),
                FieldSpec(name="colour", choices=("natural", "white", "black", "mixed", "any")),
                FieldSpec(name="demand", kind="number", unit="t", low=1, high=500),
                FieldSpec(name="bid_price", kind="number", unit="eur/t", low=100, high=5000),
            ),
        ),
        RecordSpec(  # records.supplier
            name="supplier",
            key="supplier_id",
            identity="vat_number",
            fields=(
                FieldSpec(name="supplier_id"),
                FieldSpec(name="legal_name", personal=True),
                FieldSpec(name="contact_email", personal=True),
                FieldSpec(name="vat_number"),
                FieldSpec(name="region", choices=("north", "east", "south", "west")),
            ),
        ),
        RecordSpec(  # records.material
            name="material",
            key="material_id",
            fields=(
                FieldSpec(name="material_id"),
                FieldSpec(name="supplier_id", kind="reference", of="supplier"),
                FieldSpec(name="polymer", choices=("PP", "HDPE", "LDPE", "PET", "PS")),
                FieldSpec(name="melt_flow", kind="number", unit="g_per_10min", low=0.1, high=120),
                FieldSpec(name="contamination", kind="number", unit="percent", low=0, high=20),
                FieldSpec(name="colour", choices=("natural", "white", "black", "mixed")),
                FieldSpec(name="origin", choices=("north", "east", "south", "west")),
                FieldSpec(name="offer", kind="number", unit="t", low=1, high=500),
                FieldSpec(name="ask_price", kind="number", unit="eur/t", low=50, high=5000),
            ),
            links=(LinkSpec(subject="supplier_id", relation="OFFERS", object="material_id"),),
        ),
        RecordSpec(  # records.transaction
            name="transaction",
            key="transaction_id",
            entity=False,
            fields=(
                FieldSpec(name="transaction_id"),
                FieldSpec(name="supplier_id", kind="reference", of="supplier"),
                FieldSpec(name="buyer_id", kind="reference", of="buyer"),
                FieldSpec(name="material_id", kind="reference", of="material"),
                FieldSpec(name="quantity", kind="number", unit="t", low=0.5, high=500),
                FieldSpec(name="price", kind="number", unit="eur/t", low=50, high=5000),
                FieldSpec(name="agreed_at", kind="number", unit="s", low=0),
            ),
            links=(
                LinkSpec(subject="supplier_id", relation="SUPPLIES", object="buyer_id"),
                LinkSpec(subject="buyer_id", relation="BUYS", object="material_id"),
            ),
        ),
    ),
)
PLAN: Final = TranslationPlan(
    guards=("integrity", "conflict", "fraud"),  # learningsystem.autonomyprofile.safetylayer
    deal=DealSpec(  # matching.deal
        record="transaction",
        seller="supplier_id",
        buyer="buyer_id",
        item="material_id",
        quantity="quantity",
        price="price",
        time="agreed_at",
    ),
    fraud=FraudLimits(watched_value=25000),  # governance.thresholds
)


class DataTranslator:
    """Knows the records of PlastOS; what cannot be true is refused, audited and not kept."""

    def __init__(self, governance: GovernanceBridge, book: RecordBook) -> None:
        self._governance = governance
        self._translator = RecordTranslator(RECORDS)
        self._desk = TranslationDesk(self._translator, PLAN, book)

    def translate(self, record: str, document: JsonObject) -> CanonicalRecord:
        """Return the canonical form of one record, numbers in the units of `RECORDS`.

        Raises:
            InputBoundsError: fields are missing, unknown or unusable; each is named.
        """
        return self._translator.translate(record, document)

    def restore(self, canonical: CanonicalRecord) -> JsonObject:
        """Return the domain's own record of a canonical one.

        Raises:
            InputBoundsError: it is no record of the domain.
        """
        return self._translator.restore(canonical)

    def entity(self, record: str, key: str) -> str:
        """Return the name under which all agents know a record of the domain.

        Raises:
            InputBoundsError: there is no such type, or the key cannot be part of a name.
        """
        return self._translator.entity(record, key)

    def take(self, documents: Iterable[tuple[str, JsonObject]], *, trace_id: str) -> Batch:
        """Translate, guard and remember a batch of records, each with its type.

        Raises:
            MemoryLayerError: what was accepted could not be kept, or the audit not be written.
        """
        batch = self._desk.take(documents)
        self._governance.audit(AUDIT_EVENT, DOMAIN, batch.report, trace_id)
        if batch.objected:
            self._governance.observe_all(VIOLATED, subject=batch.objected[0], trace_id=trace_id)
        return batch
