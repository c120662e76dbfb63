"""Read `records` and `matching` of a schema: what a domain exchanges, and what makes a match."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.domains import shared_domains
from generators.patterns.imports import number

_DEAL: Final = ("record", "seller", "buyer", "item", "quantity", "price", "time")
_FIELD: Final = (
    ("type", "kind"),
    ("unit", "unit"),
    ("low", "low"),
    ("high", "high"),
    ("choices", "choices"),
    ("of", "of"),
    ("personal", "personal"),
    ("optional", "optional"),
)


def domain_of(context: PatternContext) -> str:
    """Return the domain that the agent adapts.

    Raises:
        RefusalError: the schema shares the agent with no domain.
    """
    return shared_domains(context).active[0]


def records_of(context: PatternContext) -> list[dict[str, Plain]]:
    """Return the record types as data for a template.

    Raises:
        RefusalError: the schema states none.
    """
    records = section(context, "records")
    if not records:
        raise RefusalError(
            "the schema does not say what the records of its domain look like",
            "write records.<type>.key and records.<type>.fields, one entry for each field",
        )
    return [_record(name, content) for name, content in records.items()]


def matching_of(context: PatternContext) -> Mapping[str, Plain]:
    """Return `matching`.

    Raises:
        RefusalError: the schema does not have it.
    """
    matching = section(context, "matching")
    if not matching:
        raise RefusalError(
            "the schema does not say what makes a match of its domain's records",
            "write matching.relation, matching.demand, matching.supply and matching.compatibility",
        )
    return matching


def deal_of(context: PatternContext) -> dict[str, Plain]:
    """Return which fields tell of a deal, empty if no record does."""
    deal = mapping(section(context, "matching").get("deal"))
    return {name: deal[name] for name in _DEAL} if deal else {}


def section(context: PatternContext, name: str) -> Mapping[str, Plain]:
    """Return a top-level section of the schema, empty if it is not there."""
    return mapping(context.agent.data.get(name))


def mapping(value: object) -> Mapping[str, Plain]:
    """Return `value` if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def listed(value: object) -> list[Plain]:
    """Return `value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def euro_limit(context: PatternContext, *words: str) -> float | None:
    """Return the threshold in euro whose name holds one of `words`, the first that does."""
    thresholds = context.agent.governance.thresholds
    for word in words:
        for name, threshold in thresholds.items():
            if word in name and threshold.unit == "eur":
                return number(threshold.value)
    return None


def _record(name: str, value: Plain) -> dict[str, Plain]:
    content = mapping(value)
    return {
        "name": name,
        "key": content["key"],
        "entity": content.get("entity", True),
        "identity": content.get("identity", ""),
        "links": listed(content.get("links")),
        "fields": [
            _field(field, mapping(spec)) for field, spec in mapping(content["fields"]).items()
        ],
    }


def _field(name: str, spec: Mapping[str, Plain]) -> dict[str, Plain]:
    """Return a field with those of its properties that are not the default."""
    options: list[Plain] = [
        {"name": option, "value": spec[key]}
        for key, option in _FIELD
        if key in spec and spec[key] != "text" and spec[key] is not False
    ]
    return {"name": name, "options": options}


def sample_of(record: Mapping[str, Plain], index: int = 1) -> dict[str, Plain]:
    """Return a record that fits its type, for tests; its key is `<type>-<index>`.

    Args:
        record: a record type, as `records_of` returns it.
        index: tells samples apart; texts of different samples differ.
    """
    document: dict[str, Plain] = {}
    for each in listed(record["fields"]):
        field = mapping(each)
        options = {
            str(mapping(option)["name"]): mapping(option)["value"]
            for option in listed(field["options"])
        }
        name = str(field["name"])
        text = name == record["key"]
        document[name] = (
            f"{record['name']}-{index}"
            if text
            else _value(name, str(record["name"]), options, index)
        )
    return document


def _value(name: str, record: str, options: Mapping[str, Plain], index: int) -> Plain:
    kind = options.get("kind", "text")
    if kind == "reference":
        return f"{options['of']}-{index}"
    if kind == "flag":
        return True
    if kind == "text":
        choices = listed(options.get("choices"))
        return choices[0] if choices else f"{name} of {record} {index}"
    low, high = options.get("low", 0), options.get("high")
    bottom = float(low) if isinstance(low, int | float) else 0.0
    middle = (bottom + float(high)) / 2 if isinstance(high, int | float) else bottom + 10.0
    return int(middle) if kind == "integer" else float(round(middle, 3))


def rules_of(matching: Mapping[str, Plain]) -> list[dict[str, Plain]]:
    """Return the rules of specification as data for a template.

    Raises:
        RefusalError: there is none, or one compares the wrong number of fields.
    """
    rules = [mapping(each) for each in listed(matching.get("compatibility"))]
    if not rules:
        raise RefusalError(
            "matching.compatibility states no rule that an offer must meet",
            "write for example `- {name: grade, supply: grade, relation: equals, demand: [grade]}`",
        )
    for rule in rules:
        wanted = 2 if rule["relation"] == "within" else 1
        if len(listed(rule["demand"])) != wanted:
            raise RefusalError(
                f"matching.compatibility: {rule['name']} compares {wanted} field(s) of the demand",
                "write `demand: [lowest, highest]` for within, and one field for the others",
            )
    return [{**rule, "unless": rule.get("unless", "")} for rule in rules]


def corridors_of(matching: Mapping[str, Plain]) -> list[dict[str, Plain]]:
    """Return the corridors as data for a template.

    Raises:
        RefusalError: there is none.
    """
    corridors = [mapping(each) for each in listed(matching.get("corridors"))]
    if not corridors:
        raise RefusalError(
            "matching.corridors names no way from what is offered to where it is wanted",
            "write for example `- {name: any, from: any, to: any, cost: 0, days: 0, capacity: 1}`",
        )
    return [{**each, "limits": dict(mapping(each.get("limits")))} for each in corridors]
