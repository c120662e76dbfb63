"""Checklist items that tests prove: found by what their names say, and by how they ended.

A generated test says in its name what it shows. An item asks for tests about a thing (`words`, of
which the name or file must hold one) of some kind, and holds if there are such tests and all of
them passed. The tests are counted, and the first is named.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from generators.engine.evidence.answers import Answer, missing, not_applicable
from generators.engine.evidence.claims import plural
from generators.engine.evidence.folder import Facts, UnitEvidence
from generators.engine.evidence.records import CaseRecord
from generators.engine.sources.canonical import Plain


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What tests an item asks for.

    Attributes:
        words: a word of the name or the file of a test must begin with one of them.
        kinds: the test must carry one of these markers; empty for any.
        layer: memory layer without which the item does not apply.
    """

    words: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    layer: str = ""


_ASKED: Final[Mapping[str, Asked]] = {
    "episodic_logging": Asked(words=("episod", "logged", "decision_log"), layer="episodicmemory"),
    "semantic_updates": Asked(
        words=("semantic", "merge", "entit", "graph"), layer="semanticmemory"
    ),
    "causal_tracing": Asked(
        words=("causal", "cause", "factor", "every_declared_layer"), layer="causalmemory"
    ),
    "input_validation": Asked(
        words=("refuse", "reject", "invalid", "malformed", "unknown", "missing", "422", "400"),
        kinds=("negative",),
    ),
    "schema_validation": Asked(
        words=("apiserver", "api_server", "request", "packet", "shape", "body", "422", "400"),
        kinds=("negative",),
    ),
    "rate_limits": Asked(words=("rate", "429", "too_many", "limit"), kinds=("negative",)),
    "output_bounds": Asked(
        words=("bound", "between", "within", "range", "stay", "from_0", "ratio")
    ),
    "no_nan_or_infinity": Asked(words=("nan", "finite", "infinit"), kinds=("negative",)),
    "output_consistency": Asked(
        words=("same", "determin", "seed", "equal", "replay", "again", "reproduc")
    ),
    "audit_everywhere": Asked(words=("audit",)),
    "immutable_trail": Asked(
        words=("tamper", "chain", "immutable", "broken", "changed_record", "audit_trail", "intact"),
    ),
    "integration_memory": Asked(
        words=("memory", "remember", "cache", "episod", "read_back", "archiv")
    ),
    "integration_escalation": Asked(words=("anchor", "escalat")),
    "regression": Asked(words=("",), kinds=("regression",)),
}


def _evaluator(asked: Asked) -> Callable[[UnitEvidence, Facts, Mapping[str, Plain]], Answer]:
    def evaluate(unit: UnitEvidence, _: Facts, __: Mapping[str, Plain]) -> Answer:
        source = f"{unit.record('test')}#/tests"
        if asked.layer and not (unit.agent is not None and unit.agent.layer(asked.layer)):
            return not_applicable(f"no {asked.layer} is declared", source)
        if unit.suite is None:
            return missing("the tests", source)
        found = [case for case in unit.suite.tests if _fits(case, asked)]
        if not found:
            return Answer(holds=None, proof=f"no test shows it ({_words(asked)})", source=source)
        failed = [case for case in found if case.outcome != "passed"]
        chosen = (failed or found)[0]
        state = f"{len(failed)} of {plural(len(found), 'test')} did not pass" if failed else ""
        proof = f"{state or plural(len(found), 'test')}, for example {chosen.name}"
        return Answer(
            holds=not failed, proof=proof, source=source, subjects=(f"repo/{chosen.path}",)
        )

    return evaluate


def _fits(case: CaseRecord, asked: Asked) -> bool:
    if asked.kinds and not set(asked.kinds) & set(case.kinds):
        return False
    text = re.sub(r"[^a-z0-9]+", "_", f"_{case.path.rsplit('/', 1)[-1]}_{case.name}".lower())
    return any(f"_{word}" in text for word in asked.words)


def _words(asked: Asked) -> str:
    kinds = f"{'/'.join(asked.kinds)} " if asked.kinds else ""
    return f"{kinds}tests named after {', '.join(w for w in asked.words if w) or 'anything'}"


EVALUATORS: Final = {item_id: _evaluator(asked) for item_id, asked in _ASKED.items()}
"""By item id."""
