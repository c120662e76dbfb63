"""The checklist of an agent as a file: each item with proof and digests, up to what failed."""

import json

AGENT = "sensor_watch"
PATH = f"manifests/{AGENT}_checklist.json"
VIEW = f"manifests/{AGENT}_checklist.md"
RECORD = f".stage/{AGENT}/records/gate.json"


def document(case) -> dict:
    return json.loads(case.build()[PATH])


def fail(case, phase: int) -> None:
    """Let the first gate of a phase fail that proves an item of it."""

    def change(record: dict) -> None:
        result = next(r for r in record["results"] if r["phase"] == phase and r["items"])
        result["passed"] = False

    case.edit(RECORD, change)


def test_a_green_agent_is_signed_off_in_every_phase_with_proof_and_digests(case) -> None:
    found = document(case)
    assert (found["agent"], found["signed_off"], found["stopped_at_phase"]) == (AGENT, True, None)
    assert [phase["phase"] for phase in found["phases"]] == [1, 2, 3, 4, 5, 6]
    assert {phase["state"] for phase in found["phases"]} == {"signed off"}
    items = [item for phase in found["phases"] for item in phase["items"]]
    assert [item["id"] for item in items] == [item.item_id for item in case.composed().matter.items]
    assert all(item["holds"] is True and item["proof"] and item["source"] for item in items)
    (gates,) = (item for item in items if item["id"] == "no_todo")
    assert gates["record_sha256"] == case.folder.sha256(RECORD)


def test_a_failed_phase_stops_the_agent_there(case) -> None:
    fail(case, 3)
    found = document(case)
    states = {phase["phase"]: phase["state"] for phase in found["phases"]}
    first = found["stopped_at_phase"]
    assert not found["signed_off"]
    assert states[first] == "failed"
    assert [state for phase, state in states.items() if phase < first] == ["signed off"] * (
        first - 1
    )
    assert {state for phase, state in states.items() if phase > first} == {"stopped"}


def test_an_open_item_signs_nothing_off(case) -> None:
    del case.files[".stage/records/baseline.json"]
    found = document(case)
    assert (found["stopped_at_phase"], found["phases"][0]["state"]) == (1, "open")


def test_the_view_shows_each_item_with_its_answer(case) -> None:
    fail(case, 2)
    lines = case.build()[VIEW].decode().splitlines()
    assert sum(line.startswith("## Phase ") for line in lines) == 6
    rows = [line for line in lines if line.startswith("| `")]
    assert len(rows) == len(case.composed().matter.items)
    assert any("**no**" in row and "gate" in row for row in rows)
    assert any(line.startswith("Stopped: ") for line in lines)


def test_every_agent_has_one_and_shared_units_have_none(five) -> None:
    made = [path for path in five.build() if path.endswith("_checklist.json")]
    assert len(made) == 5
    assert all("." not in path.removeprefix("manifests/").removesuffix(".json") for path in made)
