"""The bench of auditors puts entries where declared names look for them."""

from pathlib import Path

from agent_runtime.auditing.reading import EntrySource, entries, value_at
from agent_runtime.auditing.register import load_register
from agent_runtime.testing_auditing import (
    ObservedBench,
    confidence_policy,
    nested,
    register_settings,
)


def test_dotted_names_lead_to_their_values():
    made = nested({"a.b": 1, "a.c.d": "x", "e": True})
    assert made == {"a": {"b": 1, "c": {"d": "x"}}, "e": True}
    assert value_at(made, "a.c.d") == "x"


def test_entries_are_in_one_list_or_one_in_each_event(tmp_path: Path):
    bench = ObservedBench(tmp_path)
    listed, single = EntrySource(event="a.list", each="x.items"), EntrySource(event="a.one")
    bench.tell(listed, [{"n": 1}, {"n": 2}])
    bench.tell(single, [{"n": 3}, {"n": 4}])
    batch = bench.batch()
    assert [entry.fields["n"] for entry in entries(batch.recent, listed)] == [1, 2]
    assert [entry.fields["n"] for entry in entries(batch.drawn, single)] == [3, 4]
    bench.close()


def test_an_event_is_as_it_was_told(tmp_path: Path):
    bench = ObservedBench(tmp_path)
    seen = bench.see("a.b", {}, confidence=0.25, status="escalated", criticality=0.75)
    data = seen.event.event_data
    assert (seen.kind, data.decision_id, data.confidence) == ("a.b", "d1", 0.25)
    assert (data.governance_status, data.criticality) == ("escalated", 0.75)
    bench.close()


def test_a_register_of_policies_is_read_as_written(tmp_path: Path):
    register = load_register(register_settings(tmp_path, {"scorer": confidence_policy(0.5)}))
    policies = register.agents["scorer"]
    assert policies.intact
    assert policies.rules.evaluate({"confidence": 0.49})[0].fired
    assert not policies.rules.evaluate({"confidence": 0.5})[0].fired
