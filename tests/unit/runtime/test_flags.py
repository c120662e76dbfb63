"""Seven flags, on unless turned off, and nothing else is a flag."""

import pytest
from agent_runtime.errors import ConfigError, GovernanceError
from agent_runtime.flags import FLAG_NAMES, GOVERNANCE_ENFORCEMENT, Flags

NAMES = (
    "L9_ENABLE_CODEGEN_STRICT_MODE",
    "L9_ENABLE_GOVERNANCE_ENFORCEMENT",
    "L9_ENABLE_MEMORY_SUBSTRATE_VALIDATION",
    "L9_ENABLE_DEPENDENCY_VALIDATION",
    "L9_ENABLE_TEST_GENERATION",
    "L9_ENABLE_EXTRACTION_PHASES",
    "L9_ENABLE_EVIDENCE_REPORTING",
)


def test_the_seven_flags_are_those_of_the_master_template():
    assert FLAG_NAMES == NAMES
    assert GOVERNANCE_ENFORCEMENT == "L9_ENABLE_GOVERNANCE_ENFORCEMENT"


@pytest.mark.parametrize("environ", [{}, {NAMES[1]: ""}, {NAMES[1]: "  "}, {"L9_ENABLE_X": "0"}])
def test_all_flags_are_on_by_default(environ):
    assert Flags.from_environ(environ) == Flags()
    assert Flags.from_environ(environ).to_json() == dict.fromkeys(NAMES, True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("word", ["0", "false", "no", "off", " OFF ", "False"])
def test_each_flag_is_turned_off_by_itself(name, word):
    flags = Flags.from_environ({name: word})
    assert not flags.enabled(name)
    assert flags.to_json() == {other: other != name for other in NAMES}


@pytest.mark.parametrize("word", ["1", "true", "yes", "on", "TRUE"])
def test_words_for_on(word):
    assert Flags.from_environ({NAMES[0]: word}).enabled(NAMES[0])


@pytest.mark.parametrize("word", ["2", "maybe", "disabled", "offf"])
def test_any_other_word_is_refused_rather_than_read_as_on_or_off(word):
    with pytest.raises(ConfigError, match=f"{NAMES[1]}='{word}' is not one of 1, true"):
        Flags.from_environ({NAMES[1]: word})


def test_require_passes_when_on_and_refuses_when_off():
    Flags().require(NAMES[1])
    with pytest.raises(GovernanceError, match=f"{NAMES[1]} is off"):
        Flags(off=frozenset({NAMES[1]})).require(NAMES[1])


@pytest.mark.parametrize("act", ["enabled", "require"])
def test_a_misspelt_flag_is_refused(act):
    with pytest.raises(ConfigError, match="'L9_ENABLE_TESTS' is not a feature flag"):
        getattr(Flags(), act)("L9_ENABLE_TESTS")


def test_a_misspelt_flag_cannot_be_turned_off():
    with pytest.raises(ConfigError, match="'L9_ENABLE_TESTS' is not a feature flag"):
        Flags(off=frozenset({"L9_ENABLE_TESTS"}))
