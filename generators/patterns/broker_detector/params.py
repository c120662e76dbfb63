"""Parameters of a broker detector: its thresholds, and how a deal is told."""

from collections.abc import Mapping, Sequence

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.domain_records import deal_of, listed, mapping, matching_of, records_of
from generators.patterns.imports import import_groups, number


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return thresholds and the fields of a deal.

    Raises:
        RefusalError: the schema does not say how a deal is told, or when a party is a broker.
    """
    matching = matching_of(context)
    brokers, deal = mapping(matching.get("brokers")), deal_of(context)
    if not brokers or not deal:
        raise RefusalError(
            "matching says nothing of brokers, or not which record tells of a deal",
            "write matching.deal, and matching.brokers: {least_deals: 4, least_markup: 0.03, "
            "least_balance: 0.6}",
        )
    translator = context.siblings["data_translator"]
    records = records_of(context)
    kinds = _kinds(records, deal)
    markup = float(str(brokers["least_markup"]))
    return {
        "class_name": context.class_name,
        "brokers": {**brokers},
        "deal": deal,
        "seller_record": kinds[0],
        "buyer_record": kinds[1],
        "identities": [*_identities(records, kinds)],
        "deals": number(float(str(brokers["least_deals"]))),
        "above": 1.0 + markup + 0.01,
        "below": 1.0 + markup - 0.01,
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ("Final",)),
                (
                    "agent_runtime.kernels.brokers",
                    ("BrokerRules", "PartyMeasures", "broker_openings", "measure_parties"),
                ),
                ("agent_runtime.kernels.trades", ("Trade",)),
                ("agent_runtime.translation.book", ("RecordBook",)),
                ("agent_runtime.translation.deals", ("trades_in",)),
                ("agent_runtime.translation.sight", ("DealSpec", "Sight")),
                (translator.module, ("RECORDS",)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace, [(context.module, ("BROKERS", "DEAL", context.class_name))]
        ),
    }


def _kinds(records: Sequence[Mapping[str, Plain]], deal: Mapping[str, Plain]) -> list[str]:
    """Return the record types of seller and buyer."""
    fields = next(listed(each["fields"]) for each in records if each["name"] == deal["record"])
    kinds = {
        str(mapping(each)["name"]): str(mapping(option)["value"])
        for each in fields
        for option in listed(mapping(each)["options"])
        if mapping(option)["name"] == "of"
    }
    return [kinds[str(deal["seller"])], kinds[str(deal["buyer"])]]


def _identities(records: Sequence[Mapping[str, Plain]], kinds: Sequence[str]) -> list[Plain]:
    marks = {str(each["name"]): each["identity"] for each in records}
    return [marks[kind] for kind in kinds]
