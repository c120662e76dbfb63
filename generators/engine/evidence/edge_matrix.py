"""The integration matrix of the report: each declared edge, its steps and its failure modes."""

from generators.engine.evidence.blocks import Block, Row, Table
from generators.engine.evidence.claims import Ledger, plural, quote
from generators.engine.evidence.matter import Matter
from generators.engine.evidence.records import EdgeProbe, IntegrateRecord

_SOURCE = ".stage/records/integrate.json#/edges"


def pass_ratio(record: IntegrateRecord) -> float:
    """Return the share of integration tests that passed, from 0 to 1; 1 if there are none.

    A file whose tests could not even be collected counts as one test that did not pass.
    """
    asked = sum(max(edge.steps + edge.failures, 1) for edge in record.edges)
    passed = sum(edge.steps_passed + edge.failures_passed for edge in record.edges)
    return passed / asked if asked else 1.0


def edge_matrix(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Return the matrix; nothing if the collection has no integration tests."""
    record = matter.facts.integrate
    if record is None or not record.edges:
        return ()
    good = sum(edge.passed for edge in record.edges)
    tests = sum(edge.steps + edge.failures for edge in record.edges)
    return (
        Table(
            caption="Integration tests by edge",
            headers=("caller", "callee", "edge", "steps", "failure modes", "result"),
            rows=tuple(_row(edge) for edge in record.edges),
            claim=ledger.say(
                f"{good} of {plural(len(record.edges), 'edge')} passed all their integration "
                f"tests: {plural(tests, 'test')}, {pass_ratio(record):.1%} passed.",
                source=_SOURCE,
                holds=good == len(record.edges),
            ),
            stated=True,
        ),
    )


def _row(edge: EdgeProbe) -> Row:
    result = "fine" if edge.passed else "; ".join(edge.messages) or "no test ran"
    return Row(
        cells=(
            quote(edge.caller) if edge.caller else "each",
            quote(edge.callee) if edge.callee else "each other",
            edge.connection,
            f"{edge.steps_passed} of {edge.steps}",
            f"{edge.failures_passed} of {edge.failures}",
            result,
        ),
        state=edge.passed,
    )
