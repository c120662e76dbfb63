"""Settings: where they come from, which source wins, and what is refused."""

import re
from pathlib import Path

import pytest
from agent_runtime.config import CONFIG_FILE_VARIABLE, Secret, Setting, load_settings
from agent_runtime.errors import ConfigError

PORT = Setting(
    key="server.port", kind="integer", default=8000, low=0, high=65535, variable="L9_PORT"
)
REDIS = Setting(key="memory_backends.redis.url", variable="L9_REDIS_URL", secret=True)


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "system.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _refusal(*settings: Setting, environ: dict[str, str] | None = None, file: Path | None = None):
    with pytest.raises(ConfigError) as caught:
        load_settings("scorer", settings, environ or {}, file=file)
    return str(caught.value)


def test_the_default_counts_when_nothing_else_is_given():
    settings = load_settings("scorer", [PORT], {})
    assert settings.integer("server.port") == 8000
    assert settings.agent == "scorer"
    assert settings.describe() == {"server.port": {"value": 8000, "origin": "default"}}


def test_each_source_wins_over_the_weaker_ones(tmp_path):
    shared = "server:\n  port: 8100\n"
    own = shared + "agents:\n  scorer:\n    server: {port: 8200}\n  other:\n    unknown: 1\n"
    by_agent = {"L9_PORT": "8300", "L9_SCORER__SERVER__PORT": "8400"}

    def port(text: str, environ: dict[str, str]) -> tuple[int, object]:
        settings = load_settings("scorer", [PORT], environ, file=_file(tmp_path, text))
        return settings.integer("server.port"), settings.describe()["server.port"]["origin"]

    assert port(shared, {}) == (8100, "file")
    assert port(own, {}) == (8200, "file")
    assert port(own, {"L9_PORT": "8300"}) == (8300, "L9_PORT")
    assert port(own, by_agent) == (8400, "L9_SCORER__SERVER__PORT")


def test_the_environment_names_the_file_unless_the_caller_does(tmp_path):
    named = _file(tmp_path, "server: {port: 8100}")
    other = tmp_path / "other.yaml"
    other.write_text("server: {port: 8101}")
    environ = {CONFIG_FILE_VARIABLE: str(named)}
    assert load_settings("scorer", [PORT], environ).integer("server.port") == 8100
    assert load_settings("scorer", [PORT], environ, file=other).integer("server.port") == 8101


def test_an_empty_variable_or_file_or_null_leaves_the_default(tmp_path):
    file = _file(tmp_path, "")
    environ = {"L9_PORT": "", CONFIG_FILE_VARIABLE: ""}
    assert load_settings("scorer", [PORT], environ, file=file).integer("server.port") == 8000
    assert load_settings("scorer", [PORT], environ).integer("server.port") == 8000
    nulls = _file(tmp_path, "server: {port: ~}\nagents: {scorer: ~}")
    assert load_settings("scorer", [PORT], {}, file=nulls).integer("server.port") == 8000


@pytest.mark.parametrize(
    ("setting", "text", "expected"),
    [
        (Setting(key="a", kind="text"), "x y", "x y"),
        (Setting(key="a", kind="integer"), "-3", -3),
        (Setting(key="a", kind="number"), "0.25", 0.25),
        (Setting(key="a", kind="flag"), " Yes ", True),
        (Setting(key="a", kind="flag"), "off", False),
        (Setting(key="a", kind="path"), "var/l9", Path("var/l9")),
        (Setting(key="a", kind="texts"), "Igor, Council,,", ("Igor", "Council")),
    ],
)
def test_variables_are_read_as_the_declared_kind(setting, text, expected):
    settings = load_settings("scorer", [setting], {"L9_SCORER__A": text})
    getters = {"texts": settings.texts, "flag": settings.flag, "path": settings.path}
    getters |= {"text": settings.text, "integer": settings.integer, "number": settings.number}
    value = getters[setting.kind]("a")
    assert value == expected
    assert type(value) is type(expected)


def test_the_file_may_hold_native_values(tmp_path):
    declared = [
        Setting(key="whole", kind="integer"),
        Setting(key="ratio", kind="number"),
        Setting(key="on", kind="flag"),
        Setting(key="names", kind="texts"),
        Setting(key="anchors", kind="data"),
    ]
    text = 'whole: 8.0\nratio: 1\n"on": false\nnames: [a, b]\nanchors: [{name: Igor, n: 1}]\n'
    settings = load_settings("scorer", declared, {}, file=_file(tmp_path, text))
    assert settings.integer("whole") == 8
    assert settings.number("ratio") == 1.0
    assert settings.flag("on") is False
    assert settings.texts("names") == ("a", "b")
    assert settings.data("anchors") == ({"name": "Igor", "n": 1},)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "1.5"),
        ("integer", "many"),
        ("integer", "1e400"),
        ("number", "nan"),
        ("number", "inf"),
        ("flag", "maybe"),
    ],
)
def test_a_variable_of_the_wrong_kind_is_refused_without_its_value(kind, text):
    message = _refusal(Setting(key="a", kind=kind), environ={"L9_SCORER__A": text})
    assert message == f"a: $L9_SCORER__A holds no {kind}"


@pytest.mark.parametrize(
    ("kind", "yaml_text"),
    [
        ("text", "a: 5"),
        ("text", "a: ''"),
        ("path", "a: [x]"),
        ("texts", "a: [1]"),
        ("texts", "a: 1"),
        ("integer", "a: true"),
        ("number", "a: [1]"),
        ("number", "a: .inf"),
    ],
)
def test_a_file_value_of_the_wrong_kind_is_refused(tmp_path, kind, yaml_text):
    message = _refusal(Setting(key="a", kind=kind), file=_file(tmp_path, yaml_text))
    assert message == f"a: the file holds no {kind}"


@pytest.mark.parametrize(("text", "fits"), [("0", True), ("65535", True), ("65536", False)])
def test_numbers_are_held_to_their_bounds(text, fits):
    if fits:
        assert load_settings("scorer", [PORT], {"L9_PORT": text}).integer("server.port") == int(
            text
        )
    else:
        assert _refusal(PORT, environ={"L9_PORT": text}) == (
            "server.port: $L9_PORT is not within 0 and 65535"
        )


def test_numbers_below_their_lower_bound_are_refused():
    assert "not within 0 and" in _refusal(PORT, environ={"L9_PORT": "-1"})
    assert "not within 2 and None" in _refusal(Setting(key="a", kind="number", low=2, default=1))


def test_a_flag_is_not_held_to_number_bounds():
    flag = Setting(key="a", kind="flag", default=True, high=0.0)
    assert load_settings("scorer", [flag], {}).flag("a") is True


def test_only_declared_choices_are_taken():
    level = Setting(key="level", choices=("INFO", "DEBUG"), default="INFO", variable="L9_LEVEL")
    assert load_settings("scorer", [level], {"L9_LEVEL": "DEBUG"}).text("level") == "DEBUG"
    assert _refusal(level, environ={"L9_LEVEL": "LOUD"}) == (
        "level: $L9_LEVEL is none of INFO, DEBUG"
    )


@pytest.mark.negative
def test_unknown_keys_of_the_file_are_refused_with_the_likely_one(tmp_path):
    file = _file(tmp_path, "server: {prot: 1}")
    assert _refusal(PORT, file=file) == (
        f"{file}: unknown setting server.prot; did you mean server.port?"
    )
    assert _refusal(PORT, file=_file(tmp_path, "zzz: 1")) == f"{file}: unknown setting zzz"
    assert "unknown setting server" in _refusal(PORT, file=_file(tmp_path, "server: 1"))


@pytest.mark.negative
def test_unknown_variables_of_the_agent_are_refused_with_the_likely_one():
    assert _refusal(PORT, environ={"L9_SCORER__SERVER__PROT": "1"}) == (
        "unknown environment variable L9_SCORER__SERVER__PROT; "
        "did you mean L9_SCORER__SERVER__PORT?"
    )


def test_variables_of_others_are_none_of_our_business():
    environ = {"L9_SCORER_EU__SERVER__PROT": "1", "PATH": "/bin", "L9_ENABLE_X": "0"}
    assert load_settings("scorer", [PORT], environ).integer("server.port") == 8000


def test_a_secret_comes_from_its_variable_and_hides():
    settings = load_settings("scorer", [REDIS], {"L9_REDIS_URL": "redis://:pw@h"})
    secret = settings.secret("memory_backends.redis.url")
    assert secret.reveal() == "redis://:pw@h"
    assert "pw" not in f"{secret} {secret!r} {settings!r} {settings.describe()}"
    assert settings.describe() == {
        "memory_backends.redis.url": {"value": "********", "origin": "L9_REDIS_URL"}
    }
    assert repr(secret) == str(secret) == "Secret(********)"


def test_a_secret_comes_from_the_file_that_its_variable_names(tmp_path):
    (tmp_path / "url").write_text("redis://:pw@h\n")
    settings = load_settings("scorer", [REDIS], {"L9_REDIS_URL_FILE": str(tmp_path / "url")})
    assert settings.secret("memory_backends.redis.url") == Secret("redis://:pw@h")
    own = {"L9_SCORER__MEMORY_BACKENDS__REDIS__URL_FILE": str(tmp_path / "url")}
    assert load_settings("scorer", [REDIS], own).is_set("memory_backends.redis.url")


@pytest.mark.negative
def test_a_secret_given_twice_or_in_a_missing_file_is_refused(tmp_path):
    both = {"L9_REDIS_URL": "x", "L9_REDIS_URL_FILE": str(tmp_path)}
    assert _refusal(REDIS, environ=both) == (
        "L9_REDIS_URL and L9_REDIS_URL_FILE are both set; keep one"
    )
    gone = {"L9_REDIS_URL_FILE": str(tmp_path / "gone")}
    assert _refusal(REDIS, environ=gone).startswith(
        "L9_REDIS_URL_FILE names a file that cannot be read: "
    )
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert "cannot be read" in _refusal(
        REDIS, environ={"L9_REDIS_URL_FILE": str(tmp_path / "binary")}
    )


@pytest.mark.negative
@pytest.mark.parametrize("value", ["hunter2", "redis://${L9_REDIS_URL}", "[hunter2]"])
def test_a_secret_written_in_the_file_is_refused_and_not_repeated(tmp_path, value):
    file = _file(tmp_path, f"memory_backends: {{redis: {{url: {value!r}}}}}")
    if value.startswith("["):
        file = _file(tmp_path, f"memory_backends: {{redis: {{url: {value}}}}}")
    message = _refusal(REDIS, file=file)
    assert message == ("memory_backends.redis.url is a secret: write ${NAME} in the file, not it")


def test_the_file_may_refer_to_variables(tmp_path):
    anchors = Setting(key="governance.anchors", kind="data")
    prefix = Setting(key="prefix", default="none")
    text = (
        "memory_backends: {redis: {url: '${SECRET_URL}'}}\n"
        "governance: {anchors: [{name: Igor, email: '${IGOR_EMAIL}', slack: '${IGOR_SLACK}'}]}\n"
        "prefix: 'l9-${STAGE}-${UNSET}'\n"
    )
    environ = {"SECRET_URL": "redis://h", "IGOR_EMAIL": "i@example.org", "STAGE": "test"}
    declared = [REDIS, anchors, prefix]
    settings = load_settings("scorer", declared, environ, file=_file(tmp_path, text))
    assert settings.secret("memory_backends.redis.url").reveal() == "redis://h"
    assert settings.data("governance.anchors") == (
        {"name": "Igor", "email": "i@example.org", "slack": None},
    )
    assert settings.text("prefix") == "l9-test-"


def test_a_reference_to_an_unset_variable_leaves_the_setting_unset(tmp_path):
    file = _file(tmp_path, "memory_backends: {redis: {url: '${L9_REDIS_URL}'}}")
    assert not load_settings("scorer", [REDIS], {}, file=file).is_set("memory_backends.redis.url")


@pytest.mark.negative
def test_a_required_setting_that_is_missing_says_how_to_give_it():
    url = Setting(key="store.url", variable="L9_STORE", required=True)
    bare = Setting(key="store.url", required=True)
    assert _refusal(url) == "setting store.url is required; export L9_STORE"
    assert _refusal(bare) == (
        "setting store.url is required; write store.url in the file that L9_CONFIG_FILE names"
    )


@pytest.mark.negative
def test_getters_refuse_what_was_not_declared_or_set_or_is_of_another_kind():
    settings = load_settings("scorer", [PORT, REDIS, Setting(key="name", default="n")], {})
    with pytest.raises(ConfigError, match=r"^setting server.prot is not declared; did you mean"):
        settings.integer("server.prot")
    with pytest.raises(ConfigError, match=r"^setting server.port is of kind integer, not text$"):
        settings.text("server.port")
    with pytest.raises(ConfigError, match=r"redis.url is not set; export L9_REDIS_URL$"):
        settings.secret("memory_backends.redis.url")
    with pytest.raises(ConfigError, match=r"^setting name is no secret$"):
        settings.secret("name")
    with pytest.raises(ConfigError, match=r"^setting gone is not declared$"):
        settings.is_set("gone")
    assert settings.is_set("name")
    assert repr(settings) == "AgentSettings(scorer, 2 of 3 set)"


@pytest.mark.negative
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"key": "Server.port"}, "setting 'Server.port' is no dotted lower-case name"),
        ({"key": "server."}, "setting 'server.' is no dotted lower-case name"),
        ({"key": "a", "variable": "l9-x"}, "a: 'l9-x' is no environment variable"),
        ({"key": "a", "secret": True, "default": "x"}, "a: a secret is a text without a default"),
        (
            {"key": "a", "secret": True, "kind": "integer"},
            "a: a secret is a text without a default",
        ),
    ],
)
def test_contradictory_declarations_are_refused(fields, message):
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        Setting(**fields)


@pytest.mark.negative
def test_a_setting_declared_twice_is_refused():
    assert _refusal(PORT, PORT) == "setting server.port is declared twice"


@pytest.mark.negative
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("server: {port: 1, port: 2}", "line 1, column 19: the key 'port' occurs twice"),
        ("? [a]\n: 1", "line 1, column 3: a key must be a text"),
        ("a: &x [1]\nb: *x", "line 2: aliases are refused"),
        ("a: [", "line 1, column 5"),
        ("a: 2025-12-12", "a date is no JSON value; quote it"),
        ("a: !!python/name:os.system x", "could not determine a constructor"),
        ("- a", "must hold a mapping"),
        ("agents: 5", "agents must map an agent to its settings"),
        ("agents: {scorer: 5}", "agents.scorer must be a mapping"),
        ("a: \x01", "special characters are not allowed"),
        ("a: " + "[" * 300 + "]" * 300, "nested too deeply"),
    ],
)
def test_hostile_or_broken_files_are_refused_with_the_place(tmp_path, text, reason):
    file = _file(tmp_path, text)
    message = _refusal(Setting(key="a"), file=file)
    assert reason in message
    assert message.startswith(str(file))


@pytest.mark.negative
def test_files_that_cannot_be_read_or_are_huge_are_refused(tmp_path):
    assert "cannot be read" in _refusal(PORT, file=tmp_path / "gone.yaml")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff")
    assert "cannot be read" in _refusal(PORT, file=binary)
    line = "server: {port: 1} #"
    fits = _file(tmp_path, line.ljust(262_144, "x"))
    assert load_settings("scorer", [PORT], {}, file=fits).integer("server.port") == 1
    huge = _file(tmp_path, line.ljust(262_145, "x"))
    assert _refusal(PORT, file=huge) == f"{huge} is longer than 262144 characters"


def test_secrets_compare_by_value_only_with_secrets():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_a_path_that_the_file_spells_out_is_below_the_folder_of_the_file(tmp_path):
    declared = [Setting(key="register", kind="path"), Setting(key="label")]
    file = _file(tmp_path, "{register: sub/policies.json, label: sub}")
    settings = load_settings("scorer", declared, {}, file=file)
    assert settings.path("register") == tmp_path / "sub/policies.json"
    assert settings.text("label") == "sub"
    whole = _file(tmp_path, "register: /etc/policies.json")
    assert load_settings("scorer", declared, {}, file=whole).path("register") == Path(
        "/etc/policies.json"
    )


def test_a_path_of_a_variable_or_the_environment_is_taken_as_it_is(tmp_path):
    declared = [Setting(key="register", kind="path")]
    file = _file(tmp_path, "register: ${REGISTER}")
    for environ in ({"REGISTER": "mine.json"}, {"L9_SCORER__REGISTER": "mine.json"}):
        assert load_settings("scorer", declared, environ, file=file).path("register") == Path(
            "mine.json"
        )
    assert not load_settings("scorer", declared, {}, file=file).is_set("register")


def test_a_path_that_is_no_text_is_refused(tmp_path):
    file = _file(tmp_path, "register: [a, b]")
    with pytest.raises(ConfigError, match="register: the file holds no path"):
        load_settings("scorer", [Setting(key="register", kind="path")], {}, file=file)
