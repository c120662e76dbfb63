"""The JSON Schema decides spelling and types; the user's own keys stay as they are."""

from generators.engine.findings import Severity
from generators.engine.sources.canonical import Canonical, canonicalise
from generators.engine.sources.yaml_reader import read_yaml

SCHEMA = {
    "type": "object",
    "x-aliases": {"linkexistingfiles": "linkexisting"},
    "$defs": {"period": {"type": ["integer", "null"]}},
    "properties": {
        "version": {"type": "string"},
        "human_override": {"type": "boolean"},
        "hours": {"$ref": "#/$defs/period"},
        "share": {"type": "number"},
        "linkexisting": {"type": "array", "items": {"type": "string"}},
        "channels": {"type": "object", "additionalProperties": True},
        "metrics": {"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "string"}}]},
        "note": {"type": ["string", "null"]},
    },
    "additionalProperties": False,
}


def canonical(text: str) -> Canonical:
    documents, findings = read_yaml(text, file="x.yaml")
    assert findings == ()
    return canonicalise(documents[0], SCHEMA)


def test_the_schema_types_scalars_not_yaml() -> None:
    result = canonical(
        "version: 6.0\nhumanoverride: yes\nhours: 168\nshare: 0.5\nnote: 2025-12-12\n"
    )
    assert result.data == {
        "version": "6.0",
        "human_override": True,
        "hours": 168,
        "share": 0.5,
        "note": "2025-12-12",
    }
    assert result.findings == ()


def test_whole_numbers_fit_where_numbers_are_declared() -> None:
    assert canonical("share: 2\n").data == {"share": 2}


def test_nulls_are_kept_where_the_schema_allows_them() -> None:
    assert canonical("hours: null\nnote: ~\n").data == {"hours": None, "note": None}
    assert canonical("version: null\n").data == {"version": "null"}


def test_what_does_not_fit_stays_text_for_the_validator_to_refuse() -> None:
    assert canonical("hours: soon\nhumanoverride: maybe\n").data == {
        "hours": "soon",
        "human_override": "maybe",
    }


def test_quoted_scalars_stay_text() -> None:
    assert canonical('hours: "168"\n').data == {"hours": "168"}


def test_keys_are_respelt_by_schema_and_alias_but_not_in_free_maps() -> None:
    result = canonical(
        "Human-Override: true\nlink_existing_files: [a_b]\nchannels: {Slack_Ops: true}\n"
    )
    assert result.data == {
        "human_override": True,
        "linkexisting": ["a_b"],
        "channels": {"Slack_Ops": True},
    }
    assert str(result.places["/linkexisting/0"]) == "x.yaml:2:23"


def test_polymorphic_fields_take_the_branch_that_fits_the_node() -> None:
    assert canonical("metrics: true\n").data == {"metrics": True}
    assert canonical("metrics: [1, no]\n").data == {"metrics": ["1", "no"]}


def test_an_unknown_key_is_a_warning_with_the_key_that_was_meant() -> None:
    result = canonical("versoin: 1\n")
    assert [(f.code, f.severity, f.place.line) for f in result.findings] == [
        ("SR020", Severity.WARNING, 1)
    ]
    assert "'version'" in result.findings[0].repair


def test_two_spellings_of_one_key_are_an_error() -> None:
    result = canonical("human_override: true\nhumanoverride: false\n")
    assert result.data == {"human_override": True}
    assert [(f.code, f.place.line) for f in result.findings] == [("SR008", 2)]


def test_purposes_are_found_by_pointer() -> None:
    result = canonical("linkexisting:\n  - a  # why a\n  - b\n")
    assert result.comments == {"/linkexisting/0": "why a"}
