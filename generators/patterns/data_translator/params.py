"""Parameters of a data translator: record types, guards of the safety layer, and samples."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from generators.engine.patterns.context import PatternContext, Sibling
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event, event_signal
from generators.patterns.domain_records import (
    deal_of,
    domain_of,
    euro_limit,
    listed,
    mapping,
    records_of,
    sample_of,
)
from generators.patterns.imports import import_groups

_GUARDS: Final = ("integrity", "conflict", "fraud")


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return what the translator declares, and what its tests expect of it.

    Raises:
        RefusalError: the schema states no records, or does not want translation audited.
    """
    records, deal = records_of(context), deal_of(context)
    event = audit_event(context, "translation")
    if not event:
        raise RefusalError(
            "governance.auditscope does not name the event of a translation",
            "write for example `- data_translation_events` in governance.auditscope",
        )
    safety = context.agent.autonomy.safety_layer
    guards = [guard for guard in _GUARDS if any(guard in name for name in safety)]
    signal = event_signal(context.ruling, "rule", "violat")
    watched = euro_limit(context, "match_value", "deal_value")
    bridge = context.siblings["governance_bridge"]
    samples = [{"record": each["name"], "document": sample_of(each)} for each in records]
    has = {
        "guards": bool(guards),
        "deal": bool(deal),
        "watched": watched is not None and "fraud" in guards,
        "signal": bool(signal),
        "personal": any(_personal(each) for each in records),
        "conflict": "conflict" in guards and bool(deal) and bool(_identity(records, deal)),
        "dangling": "integrity" in guards and bool(_dangling(records)),
        "bounded": bool(_too_high(records)),
    }
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "domain": domain_of(context),
        "records": [*records],
        "deal": deal,
        "guards": [*guards],
        "watched": watched or 0,
        "signal": signal,
        "violated": {signal: True} if signal else {},
        "audit_event": event,
        "samples": [*samples],
        "personal": [*_personal_samples(records)],
        "too_high": _too_high(records),
        "dangling": _dangling(records),
        "oneself": _oneself(records, deal) if has["conflict"] else [],
        "has": {**has},
        "imports": import_groups(context.namespace, _imports(records, has, bridge)),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (context.module, ("AUDIT_EVENT", "DOMAIN", "RECORDS", context.class_name)),
            ],
        ),
    }


def _imports(
    records: Sequence[Mapping[str, Plain]], has: Mapping[str, bool], bridge: Sibling
) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "collections.abc", ("Iterable",)
    yield "typing", ("Final",)
    yield "agent_runtime.translation.book", ("RecordBook",)
    yield "agent_runtime.translation.desk", ("Batch", "TranslationDesk", "TranslationPlan")
    yield "agent_runtime.translation.fields", ("FieldSpec",)
    yield "agent_runtime.translation.fraud", ("FraudLimits",) if has["watched"] else ()
    links = ("LinkSpec",) if any(each["links"] for each in records) else ()
    yield "agent_runtime.translation.records", ("CanonicalRecord", "RecordSpec", "RecordSpecs")
    yield "agent_runtime.translation.records", links
    yield "agent_runtime.translation.sight", ("DealSpec",) if has["deal"] else ()
    yield "agent_runtime.translation.translator", ("RecordTranslator",)
    yield "agent_runtime.values", ("JsonObject",)
    yield bridge.module, (bridge.class_name,)


def _options(field: Plain) -> dict[str, Plain]:
    return {
        str(mapping(option)["name"]): mapping(option)["value"]
        for option in listed(mapping(field)["options"])
    }


def _personal(record: Mapping[str, Plain]) -> list[str]:
    fields = listed(record["fields"])
    return [str(mapping(each)["name"]) for each in fields if _options(each).get("personal")]


def _personal_samples(records: Sequence[Mapping[str, Plain]]) -> list[Plain]:
    return [
        {"record": each["name"], "fields": [*_personal(each)]}
        for each in records
        if _personal(each)
    ]


def _too_high(records: Sequence[Mapping[str, Plain]]) -> list[Plain]:
    """Return a record type, a number field of it, and a value just above what is declared.

    The field is none of personal data, of which a refusal does not tell the value.
    """
    for record in records:
        for each in listed(record["fields"]):
            options = _options(each)
            high = options.get("high")
            if isinstance(high, int | float) and not options.get("personal"):
                return [record["name"], mapping(each)["name"], high + 1]
    return []


def _dangling(records: Sequence[Mapping[str, Plain]]) -> list[Plain]:
    """Return a record type and a reference field of it."""
    for record in records:
        for each in listed(record["fields"]):
            if _options(each).get("kind") == "reference":
                return [record["name"], mapping(each)["name"]]
    return []


def _identity(records: Sequence[Mapping[str, Plain]], deal: Mapping[str, Plain]) -> list[Plain]:
    """Return the record types of both sides of a deal with their identity, if they declare one."""
    record = next((each for each in records if each["name"] == deal["record"]), None)
    kinds = (
        {str(mapping(each)["name"]): _options(each).get("of") for each in listed(record["fields"])}
        if record
        else {}
    )
    sides: list[Plain] = []
    for side in (kinds.get(str(deal["seller"])), kinds.get(str(deal["buyer"]))):
        found = next((each for each in records if each["name"] == side), None)
        if found is None or not found["identity"]:
            return []
        sides.append([found["name"], found["identity"]])
    return sides


def _oneself(records: Sequence[Mapping[str, Plain]], deal: Mapping[str, Plain]) -> list[Plain]:
    return [deal["record"], *_identity(records, deal)]
