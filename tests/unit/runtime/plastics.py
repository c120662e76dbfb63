"""A small plastics domain for tests: its record types, and records that fit them."""

from agent_runtime.translation.fields import FieldSpec
from agent_runtime.translation.records import LinkSpec, RecordSpec, RecordSpecs
from agent_runtime.translation.sight import DealSpec
from agent_runtime.values import JsonObject, JsonValue

DEAL = DealSpec(
    record="transaction",
    seller="supplier_id",
    buyer="buyer_id",
    item="material_id",
    quantity="quantity",
    price="price",
    time="agreed_at",
)


def plastics() -> RecordSpecs:
    """Return buyers, suppliers, materials and transactions."""
    party = (
        FieldSpec(name="email", personal=True, optional=True),
        FieldSpec(name="vat"),
        FieldSpec(name="region", choices=("north", "south")),
    )
    return RecordSpecs(
        "PlastOS",
        (
            RecordSpec(
                name="buyer",
                key="buyer_id",
                identity="vat",
                fields=(
                    FieldSpec(name="buyer_id"),
                    *party,
                    FieldSpec(name="polymer"),
                    FieldSpec(name="limit", kind="number", unit="percent", low=0, high=10),
                    FieldSpec(name="demand", kind="number", unit="t", low=1, high=500),
                    FieldSpec(name="bid", kind="number", unit="eur/t", low=1),
                ),
            ),
            RecordSpec(
                name="supplier",
                key="supplier_id",
                identity="vat",
                fields=(FieldSpec(name="supplier_id"), *party),
            ),
            RecordSpec(
                name="material",
                key="material_id",
                links=(LinkSpec(subject="supplier_id", relation="OFFERS", object="material_id"),),
                fields=(
                    FieldSpec(name="material_id"),
                    FieldSpec(name="supplier_id", kind="reference", of="supplier"),
                    FieldSpec(name="polymer"),
                    FieldSpec(name="contamination", kind="number", unit="percent", low=0),
                    FieldSpec(name="origin", choices=("north", "south")),
                    FieldSpec(name="offer", kind="number", unit="t", low=1, high=500),
                    FieldSpec(name="ask", kind="number", unit="eur/t", low=1),
                ),
            ),
            RecordSpec(
                name="transaction",
                key="transaction_id",
                entity=False,
                links=(
                    LinkSpec(subject="supplier_id", relation="SUPPLIES", object="buyer_id"),
                    LinkSpec(subject="buyer_id", relation="BUYS", object="material_id"),
                ),
                fields=(
                    FieldSpec(name="transaction_id"),
                    FieldSpec(name="supplier_id", kind="reference", of="supplier"),
                    FieldSpec(name="buyer_id", kind="reference", of="buyer"),
                    FieldSpec(name="material_id", kind="reference", of="material"),
                    FieldSpec(name="quantity", kind="number", unit="t", low=0.5),
                    FieldSpec(name="price", kind="number", unit="eur/t", low=1),
                    FieldSpec(name="agreed_at", kind="number", unit="s", low=0),
                ),
            ),
        ),
    )


def buyer(key: str = "B1", **changes: JsonValue) -> JsonObject:
    """Return a buyer's record."""
    plain: dict[str, JsonValue] = {
        "buyer_id": key,
        "email": f"{key}@buyers.example",
        "vat": f"VAT-{key}",
        "region": "north",
        "polymer": "PP",
        "limit": 2.0,
        "demand": 20.0,
        "bid": 900.0,
    }
    return plain | changes


def supplier(key: str = "S1", **changes: JsonValue) -> JsonObject:
    """Return a supplier's record."""
    plain: dict[str, JsonValue] = {
        "supplier_id": key,
        "email": f"{key}@suppliers.example",
        "vat": f"VAT-{key}",
        "region": "south",
    }
    return plain | changes


def material(key: str = "M1", owner: str = "S1", **changes: JsonValue) -> JsonObject:
    """Return a material's record."""
    plain: dict[str, JsonValue] = {
        "material_id": key,
        "supplier_id": owner,
        "polymer": "PP",
        "contamination": 1.0,
        "origin": "south",
        "offer": 25.0,
        "ask": 700.0,
    }
    return plain | changes


def transaction(key: str = "T1", **changes: JsonValue) -> JsonObject:
    """Return a transaction's record."""
    plain: dict[str, JsonValue] = {
        "transaction_id": key,
        "supplier_id": "S1",
        "buyer_id": "B1",
        "material_id": "M1",
        "quantity": 10.0,
        "price": 800.0,
        "agreed_at": 1_000.0,
    }
    return plain | changes


def market(*more: tuple[str, JsonObject]) -> list[tuple[str, JsonObject]]:
    """Return a buyer, a supplier and its material, then `more`."""
    return [("buyer", buyer()), ("supplier", supplier()), ("material", material()), *more]
