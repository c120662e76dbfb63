"""Parameters of DATA_SPEC.md: the fields of an outcome, the datasets made of them, the limits."""

import json
from collections.abc import Mapping
from typing import Final

from agent_runtime.datasets.ledger import SECONDS_A_DAY
from agent_runtime.datasets.prepared import LAYOUT
from agent_runtime.datasets.quality import OUTLYING
from agent_runtime.datasets.records import LONGEST_ID, MOST_MEASURES, OPTIONAL, REQUIRED
from agent_runtime.testing_outcomes import outcome_document

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.documents import heading
from generators.patterns.observed import observed_topics

_FIELDS: Final = {
    "record_id": ("text", f"names the outcome at its source; at most {LONGEST_ID} characters"),
    "subject": ("text", "entity the link starts from"),
    "relation": ("text", "kind of link"),
    "object": ("text", "entity it leads to"),
    "succeeded": ("true or false", "whether the link came about"),
    "occurred_at": ("number or text", "seconds since the epoch, or ISO 8601 with a time zone"),
    "domain": ("text", "domain it belongs to"),
    "measures": ("object of numbers", f"at most {MOST_MEASURES} figures, such as a price"),
}


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return fields, limits and an example.

    Raises:
        RefusalError: the agent takes no outcomes in.
    """
    if "data_ingestion_agent" not in context.siblings:
        raise RefusalError(
            "DATA_SPEC.md is listed, but no generated file takes outcomes in",
            "add data_ingestion_agent.py to generatefiles, or drop the document",
        )
    example = outcome_document(0, at=20_000 * SECONDS_A_DAY)
    days = context.agent.learning.temporal_scope_days
    return {
        **heading(context),
        "fields": [
            {
                "name": name,
                "kind": _FIELDS[name][0],
                "meaning": _FIELDS[name][1],
                "required": name in REQUIRED,
            }
            for name in (*REQUIRED, *OPTIONAL)
        ],
        "example": [{"name": name, "value": json.dumps(value)} for name, value in example.items()],
        "topics": [*observed_topics(context, "outcome", "feedback")],
        "window": "all outcomes" if days is None else f"the outcomes of the last {days:g} days",
        "outlying": f"{OUTLYING:g}",
        "layout": LAYOUT,
        "rules": [
            {"rule": rule.rule_id, "text": rule.text}
            for rule in context.ruling.rules
            if any("quality" in signal for signal in rule.signals)
        ],
    }
