"""Documents in any spelling become requests; answers become documents and come back the same."""

from collections.abc import Mapping

import pytest
from agent_runtime.errors import InputBoundsError
from agent_runtime.shapes.base import Shape
from agent_runtime.spelling import camel_name, respelled
from agent_runtime.transforming import OperationDocuments
from agent_runtime.values import JsonObject
from pydantic import BaseModel, Field


class Part(Shape):
    part_name: str
    unit_price: float


class Order(Shape):
    order_id: str
    main_part: Part | None = None
    spare_parts: tuple[Part, ...] = ()
    by_site: dict[str, Part] = Field(default_factory=dict)
    free_notes: dict[str, str] = Field(default_factory=dict)


class Other(Shape):
    order_id: str


SHAPES: Mapping[str, type[BaseModel]] = {"place_order": Order}
TRANSFORMER = OperationDocuments(SHAPES, SHAPES)
PART: JsonObject = {"partName": "bolt", "Unit-Price": 1.5}
ORDER = Order(
    order_id="o1",
    main_part=Part(part_name="bolt", unit_price=1.5),
    spare_parts=(Part(part_name="bolt", unit_price=1.5),),
    by_site={"north_site": Part(part_name="bolt", unit_price=1.5)},
    free_notes={"driver_note": "ring twice"},
)


@pytest.mark.parametrize("name", ["order_id", "orderId", "OrderID", "Order-Id", "order id"])
def test_a_field_may_be_spelled_in_any_way(name: str) -> None:
    assert TRANSFORMER.request("placeOrder", {name: "o1"}) == Order(order_id="o1")


def test_fields_of_parts_are_respelled_and_keys_that_are_data_are_not() -> None:
    document: JsonObject = {
        "orderId": "o1",
        "mainPart": PART,
        "spareParts": [PART],
        "bySite": {"north_site": PART},
        "freeNotes": {"driver_note": "ring twice"},
    }
    assert TRANSFORMER.request("place_order", document) == ORDER


def test_an_answer_in_camel_case_comes_back_as_it_was() -> None:
    document = TRANSFORMER.document("place_order", ORDER, camel_case=True)
    assert document["bySite"] == {"north_site": {"partName": "bolt", "unitPrice": 1.5}}
    assert document["freeNotes"] == {"driver_note": "ring twice"}
    assert TRANSFORMER.request("place_order", document) == ORDER
    plain = TRANSFORMER.document("place_order", ORDER)
    assert list(plain) == list(Order.model_fields)
    assert TRANSFORMER.request("place_order", plain) == ORDER


def test_what_stands_in_no_schema_stays_as_it_came() -> None:
    assert respelled({"mainPart": "no part", "odd name": [1]}, Order) == {
        "main_part": "no part",
        "odd name": [1],
    }
    assert camel_name("sensor") == "sensor"


@pytest.mark.parametrize(
    ("operation", "document", "said"),
    [
        ("place_order", {"orderId": "a", "order-id": "b"}, "orderId and order-id mean one field"),
        ("place_order", {"orderId": "a", "colour": "red"}, "colour: Extra inputs"),
        ("place_order", {"main_part": None}, "order_id: Field required"),
        ("cancel_order", {}, "'cancel_order' is none of place_order"),
    ],
)
def test_what_cannot_be_understood_is_refused(
    operation: str, document: Mapping[str, str], said: str
) -> None:
    with pytest.raises(InputBoundsError, match=said):
        TRANSFORMER.request(operation, document)


def test_an_answer_of_another_operation_is_refused() -> None:
    with pytest.raises(InputBoundsError, match="place_order answers with Order"):
        TRANSFORMER.document("place_order", Other(order_id="o1"))
