"""The `wiring` block of a pattern.yaml: what it may say, and what is refused with its place."""

import pytest

from generators.engine.patterns.fault import PatternError
from generators.engine.patterns.wiring import Argument, Hook, MetricFeed, parse_wiring


def wiring(**fields):
    return parse_wiring({"attribute": "scorer", **fields}, "link_scorer")


def test_a_pattern_without_wiring_has_none():
    assert parse_wiring(None, "tensor_utils") is None


def test_everything_a_block_may_say_is_read():
    made = wiring(
        factory="open",
        arguments=[
            {"value": "parts.models"},
            {"role": "governance_bridge"},
            {
                "keyword": "memory",
                "role": "memory_bridge",
                "optional": True,
                "layer": "workingmemory",
            },
        ],
        start=[{"method": "register", "arguments": [{"record": "score_call"}]}],
        close="close",
        model_version="in_service",
        metrics=[{"words": ["hit", "rate"], "method": "hit_rate", "help": "of the last day"}],
    )
    assert (made.attribute, made.factory, made.close) == ("scorer", "open", "close")
    assert made.model_version == "in_service"
    assert made.arguments == (
        Argument(value="parts.models"),
        Argument(role="governance_bridge"),
        Argument(keyword="memory", role="memory_bridge", optional=True, layer="workingmemory"),
    )
    assert made.start == (Hook(method="register", arguments=(Argument(record="score_call"),)),)
    assert made.metrics == (
        MetricFeed(words=("hit", "rate"), method="hit_rate", kind="gauge", help="of the last day"),
    )


def test_optional_roles_come_first_and_are_not_needed():
    made = wiring(
        arguments=[{"role": "models"}, {"keyword": "memory", "role": "memory", "optional": True}],
        start=[{"method": "listen", "arguments": [{"role": "router"}]}],
    )
    assert made.needs == ("models", "router")
    assert made.roles == ("models", "memory", "router")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"attribute": None}, "attribute None is no name"),
        ({"attribute": "__class__"}, "is no name"),
        ({"factory": "open()"}, r"factory 'open\(\)' is no name"),
        ({"arguments": {"value": "parts"}}, "arguments must be a list"),
        ({"arguments": ["parts"]}, "must be a mapping, not 'parts'"),
        ({"arguments": [{}]}, "one of value, role, record"),
        ({"arguments": [{"value": "none", "role": "x"}]}, "one of value, role, record"),
        ({"arguments": [{"value": "os.environ"}]}, "no value that a controller can pass"),
        ({"arguments": [{"value": "parts.__class__"}]}, "no value that a controller can pass"),
        ({"arguments": [{"value": "parts", "optional": True}]}, "optional is true or false"),
        ({"arguments": [{"role": "x", "optional": "yes"}]}, "optional is true or false"),
        ({"arguments": [{"role": "x", "layer": "workingmemory"}]}, "depends on a layer"),
        ({"arguments": [{"role": "x", "kwarg": "y"}]}, "kwarg is none of"),
        (
            {"arguments": [{"keyword": "a", "value": "none"}, {"value": "none"}]},
            "a positional argument follows one by keyword",
        ),
        (
            {"arguments": [{"role": "x", "optional": True}, {"value": "none"}]},
            "only the last positional argument can be optional",
        ),
        ({"arguments": [{"packet": "batch"}]}, "is passed by keyword"),
        (
            {"arguments": [{"packet": "batch", "role": "x"}]},
            "one of value, role, record and packet",
        ),
        (
            {"start": [{"method": "go", "arguments": [{"keyword": "a", "packet": "batch"}]}]},
            "only where modules are made",
        ),
        ({"start": "register"}, "start must be a list"),
        ({"start": [{"arguments": []}]}, "lacks method"),
        ({"start": [{"method": "go", "arguments": [{"value": "world"}]}]}, "only while modules"),
        ({"metrics": [{"words": [], "method": "rate"}]}, "needs words"),
        ({"metrics": [{"words": ["a"], "method": "rate", "kind": "rate"}]}, "a kind of gauge"),
        ({"atribute": "scorer"}, "atribute is none of"),
    ],
)
def test_a_malformed_block_is_a_fault_that_names_the_pattern(fields, message):
    with pytest.raises(PatternError, match=message) as fault:
        wiring(**fields)
    assert str(fault.value).startswith("link_scorer")


def test_a_block_that_is_no_mapping_is_a_fault():
    with pytest.raises(PatternError, match="wiring must be a mapping"):
        parse_wiring("scorer", "link_scorer")


def test_a_block_without_an_attribute_is_a_fault():
    with pytest.raises(PatternError, match="lacks attribute"):
        parse_wiring({}, "link_scorer")
