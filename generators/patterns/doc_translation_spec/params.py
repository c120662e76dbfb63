"""Parameters of TRANSLATION_SPEC.md: each field of each record, and where it goes."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import heading
from generators.patterns.domain_records import (
    domain_of,
    listed,
    mapping,
    matching_of,
    records_of,
    rules_of,
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the records of the domain and the rules of a match.

    Raises:
        RefusalError: the schema states no records, or the agent has no module that translates.
    """
    if "data_translator" not in context.siblings:
        raise RefusalError(
            "TRANSLATION_SPEC.md is listed, but no generated file answers to data_translator",
            "add a data translator to generatefiles, or drop the document from generatedocs",
        )
    domain, matching = domain_of(context), matching_of(context)
    asked = {str(mapping(matching.get(part)).get("record")) for part in ("deal", "demand")}
    translator = context.siblings["data_translator"]
    return {
        **heading(context),
        "domain": domain,
        "prefix": f"{''.join(each for each in domain.lower() if each.isalnum())}:",
        "module": f"{translator.stem}.py",
        "records": [_record(each, asked) for each in records_of(context)],
        "relation": str(matching["relation"]),
        "rules": [_rule(each) for each in rules_of(matching)],
        "guards": [*context.agent.autonomy.safety_layer],
    }


def _record(record: Mapping[str, Plain], asked: set[str]) -> dict[str, Plain]:
    fields = [mapping(each) for each in listed(record["fields"])]
    return {
        "name": record["name"],
        "key": record["key"],
        "kind": "an entity" if record["entity"] else "an event among entities",
        "links": [
            f"{mapping(each)['subject']} {mapping(each)['relation']} {mapping(each)['object']}"
            for each in listed(record["links"])
        ],
        "fields": [_field(each, record, asked) for each in fields],
    }


def _field(
    field: Mapping[str, Plain], record: Mapping[str, Plain], asked: set[str]
) -> dict[str, Plain]:
    options = {
        str(mapping(each)["name"]): mapping(each)["value"] for each in listed(field["options"])
    }
    choices = ", ".join(str(each) for each in listed(options.get("choices")))
    return {
        "name": field["name"],
        "type": str(options.get("kind", "text")),
        "unit": str(options.get("unit", "-")),
        "allowed": choices or _bounds(options) or "any",
        "becomes": _becomes(str(field["name"]), options, record, asked),
    }


def _bounds(options: Mapping[str, Plain]) -> str:
    words = [
        f"{word} {options[end]}"
        for end, word in (("low", "from"), ("high", "to"))
        if end in options
    ]
    return " ".join(words)


def _becomes(
    name: str, options: Mapping[str, Plain], record: Mapping[str, Plain], asked: set[str]
) -> str:
    if options.get("personal"):
        return "nothing: personal data goes into no packet"
    if name == record["key"]:
        return "the name of the entity" if record["entity"] else "the id of the transaction"
    if options.get("kind") == "reference":
        return f"the name of a {options['of']}"
    if record["name"] not in asked:
        return "kept, to judge matches by"
    if options.get("kind", "text") == "text":
        return "kept, to judge matches by" if record["entity"] else "a detail"
    return "a number in attributes"


def _rule(rule: Mapping[str, Plain]) -> dict[str, Plain]:
    return {
        "name": rule["name"],
        "supply": rule["supply"],
        "relation": str(rule["relation"]).replace("_", " "),
        "demand": " to ".join(str(each) for each in listed(rule["demand"])),
        "unless": rule["unless"] or "-",
    }
