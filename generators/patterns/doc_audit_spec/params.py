"""Parameters of AUDIT_SPEC.md: what is observed, sampled, compared and matched."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.auditing import (
    Row,
    auditing,
    kinds_of,
    level_of,
    number_of,
    source_row,
    text_of,
    watched_of,
)
from generators.patterns.documents import heading


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the specification of the audits.

    Raises:
        RefusalError: the schema does not say what is examined, or nobody is observed.
    """
    section = auditing(context)
    groups = [_group(row) for row in _rows(section, "groups")]
    baselines = [_baseline(row) for row in _rows(section, "baselines")]
    patterns = [_pattern(row) for row in _rows(section, "fraudpatterns")]
    kinds = {kind.topic: kind.name for kind in kinds_of(context)}
    return {
        **heading(context),
        "watched": [
            {"agent": agent, "types": [*types]} for agent, types in watched_of(context).items()
        ],
        "interval": f"{number_of(section, 'intervalseconds', 60.0):g} s",
        "window": f"{number_of(section, 'windowseconds', 0.0):g} s",
        "rate": f"{number_of(section, 'samplingrate', 0.0):.0%}",
        "least": f"{number_of(section, 'leastperkind', 1.0):g}",
        "level": f"{level_of(context):g}",
        "resend": f"{number_of(section, 'resendseconds', 300.0):g} s",
        "checks": [{"topic": topic, "kind": name} for topic, name in kinds.items()],
        "groups": [*groups],
        "baselines": [*baselines],
        "patterns": [*patterns],
        "endpoints": [
            {
                "name": str(use.endpoint.name),
                "path": use.endpoint.path,
                "method": use.endpoint.method,
            }
            for use in context.operations
        ],
    }


def _rows(section: Mapping[str, Plain], name: str) -> list[Row]:
    found = section.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _place(row: Row) -> str:
    source = source_row(row)
    return f"{source['event']}, {source['each']}" if source["each"] else str(source["event"])


def _group(row: Row) -> Row:
    truth = row.get("truth")
    return {
        "name": text_of(row, "name"),
        "place": _place(row),
        "group": text_of(row, "group"),
        "outcome": text_of(row, "outcome"),
        "tolerance": f"{number_of(row, 'tolerance', 0.1):g}",
        "truth": _place(truth) if isinstance(truth, dict) else "",
        "has_truth": isinstance(truth, dict),
    }


def _baseline(row: Row) -> Row:
    return {
        "name": text_of(row, "name"),
        "place": _place(row),
        "field": text_of(row, "field"),
        "size": f"{number_of(row, 'size', 500.0):g}",
    }


def _pattern(row: Row) -> Row:
    limit = number_of(row, "limit", 0.0)
    return {
        "name": text_of(row, "name"),
        "kind": text_of(row, "kind"),
        "window": f"{number_of(row, 'windowseconds', 0.0):g} s",
        "limit": f"{limit:g}" if limit else "none",
    }
