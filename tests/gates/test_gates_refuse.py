"""What each gate refuses: one case a clause, with the place and the words of the finding."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from generators.engine.gates.run import GATE_IDS, GATES, run_gates
from generators.engine.model.agent import Endpoint
from generators.engine.names import Identifier
from tests.gates.small_unit import (
    BRIDGE,
    DETECTOR,
    FACTS,
    FLAGS,
    INIT,
    MEMORY,
    PUBLISHER,
    ROOT,
    SERVER,
    SPEC,
    TESTS,
    SmallUnit,
)


@dataclass(frozen=True)
class Case:
    """One way to break the small unit."""

    gate_id: str
    name: str
    broken: Callable[[SmallUnit], SmallUnit]
    message: str
    path: str = DETECTOR
    line: int | None = None


def more(gate_id: str, text: str, message: str, path: str = DETECTOR) -> Case:
    """Return the case of adding `text` to a file."""
    return Case(gate_id, text.strip()[:40], lambda u: u.with_more(path, text), message, path)


def changed(gate_id: str, old: str, new: str, message: str, path: str = DETECTOR) -> Case:
    """Return the case of replacing `old` in a file."""
    return Case(gate_id, old[:40], lambda u: u.with_text(path, old, new), message, path)


def facts(gate_id: str, message: str, path: str = ROOT, **values: object) -> Case:
    """Return the case of a schema that says something else."""
    return Case(gate_id, message[:40], lambda u: u.with_facts(**values), message, path)


OTHER = Endpoint(
    name=Identifier("status"), path="/watch/v6/status", method="GET", timeout_ms=100, auth=None,
    pointer="",
)  # fmt: skip
GHP = "ghp_" + "a1B2" * 9
JWT = "eyJhbGciOiJ.eyJzdWIiOiIx.SflKxwRJSMeKK"
KEY = "-----BEGIN " + "PRIVATE KEY-----"
RANDOM = "Zm9vYmFy" + "QmF6UXV4MTIzNDU2Nzg5" + "MGFiY2RlZkdISktM"
NEVER = "never calls the governance bridge (GovernanceBridge)"
WEAKER = "def f(x: int) -> int:\n    "

CASES = [
    more("syntax", "def broken(:\n", "not valid Python: invalid syntax"),
    more("syntax", "X = '\\d'\n", "not valid Python: invalid escape sequence"),
    more("syntax", "X = '\x00'\n", "not valid Python: source code string cannot contain null"),
    more("no_todo", "X = 1  # TODO: later\n", "`TODO` marks unfinished work"),
    more("no_todo", "# FIXME\n", "`FIXME` marks unfinished work"),
    more("no_todo", "# XXX\n", "`XXX` marks unfinished work"),
    more("no_todo", "X = 'TBD'\n", "`TBD` marks unfinished work"),
    more("no_todo", "# HACK: x\n", "`HACK` marks unfinished work"),
    more("no_todo", "WIP: int = 3\nX = 'WIP'\n", "`WIP` marks unfinished work"),
    changed("no_todo", "Scores readings.", "Scores.\n\n    TODO: more", "`TODO` marks unfinished"),
    more(
        "no_todo",
        WEAKER.replace("f(", "todo_f(") + "return x\n",
        "`todo_f` is named as unfinished work",
    ),
    more("no_todo", "class Fixme_later:\n    pass\n", "`Fixme_later` is named as unfinished"),
    more("no_todo", "\nTODO: describe\n", "`TODO` marks unfinished work", SPEC),
    more("no_todo", "# TODO\n", "`TODO` marks unfinished work", TESTS),
    more("no_placeholder", "# a placeholder\n", "`placeholder` stands for content"),
    more("no_placeholder", "# not yet implemented\n", "`not yet implemented` stands for"),
    more("no_placeholder", "# to be defined\n", "`to be defined` stands for content"),
    more("no_placeholder", "# your code here\n", "`your code here` stands for content"),
    more("no_placeholder", "# works for now\n", "`for now` stands for content"),
    changed("no_placeholder", "Scores readings.", "A stub.", "`stub` stands for content"),
    more("no_placeholder", "\nComing soon.\n", "`Coming soon` stands for content", SPEC),
    more("no_placeholder", "\nCalled {{ name }}.\n", "`{{` stands for content", SPEC),
    more("no_placeholder", "\n{% endif %}\n", "`{%` stands for content", SPEC),
    more("no_placeholder", "\nAsk <your team>.\n", "`<your team>` stands for content", SPEC),
    more("no_empty_function", WEAKER + "pass\n", "`f` has an empty body"),
    more("no_empty_function", WEAKER + "...\n", "`f` has an empty body"),
    more("no_empty_function", WEAKER + "return None\n", "`f` has an empty body"),
    more("no_empty_function", WEAKER + "return\n", "`f` has an empty body"),
    more("no_empty_function", WEAKER + "'''Only words.'''\n", "`f` has an empty body"),
    more("no_empty_function", "async def f() -> None:\n    pass\n", "`f` has an empty body"),
    more("no_empty_function", WEAKER + "raise NotImplementedError\n", "raises NotImplementedError"),
    more("no_empty_function", WEAKER + "raise NotImplementedError('x')\n", "raises NotImplemented"),
    changed("no_empty_function", "class Forest(Protocol)", "class Forest", "`score` has an empty"),
    more("no_empty_function", WEAKER + "pass\n", "`f` has an empty body", TESTS),
    changed("complete_signatures", "trace_id: str) -> list", "trace_id) -> list", "`detect`: the"),
    more("complete_signatures", "def f(x: int):\n    return x\n", "`f`: the return value has no"),
    more("complete_signatures", "def f(*rest) -> int:\n    return 1\n", "the parameter `rest` has"),
    more("complete_signatures", "def f(**more) -> int:\n    return 1\n", "the parameter `more`"),
    more("complete_signatures", "def f(*, key) -> int:\n    return 1\n", "the parameter `key`"),
    more("complete_signatures", "def f(key, /) -> int:\n    return 1\n", "the parameter `key`"),
    more("complete_signatures", "def f(x, self) -> int:\n    return 1\n", "the parameter `self`"),
    more("complete_signatures", "async def f():\n    return 1\n", "`f`: the return value"),
    more("complete_signatures", "def f():\n    return 1\n", "`f`: the return value", TESTS),
    more("type_hints", "from typing import Any\n", "`Any` switches the type checker off"),
    more("type_hints", "import typing\nX: typing.Any = 1\n", "`Any` switches the type checker"),
    more("type_hints", "def f(x: dict) -> int:\n    return 1\n", "`dict` without its elements"),
    more("type_hints", "def f() -> list | None:\n    return []\n", "`list` without its elements"),
    more("type_hints", "X: tuple[int, list] = (1, [])\n", "`list` without its elements"),
    more("type_hints", "X: dict[str, Mapping] = {}\n", "`Mapping` without its elements"),
    more("type_hints", "F: Callable[[dict], int] = len\n", "`dict` without its elements"),
    more("type_hints", "X = 1  # type: ignore\n", "`# type: ignore` silences a check"),
    more("type_hints", "X = 1  # noqa: E501\n", "`# noqa` silences a check"),
    more("type_hints", "X = 1  # pragma: no cover\n", "`# pragma:` silences a check"),
    changed(
        "docstrings",
        '"""Ranks readings by how unlike the recent past they are."""',
        "X = 1",
        "the module",
    ),
    changed("docstrings", '    """Scores readings."""\n', "", "`Forest` has no docstring"),
    changed("docstrings", '"""Scores readings."""', '"""Scores."""', "`Forest` has no docstring"),
    changed(
        "docstrings", '        """Return a score for each value."""\n', "", "`Forest.score` has no"
    ),
    more("docstrings", "def bare() -> int:\n    return 1\n", "`bare` has no docstring"),
    more("docstrings", "async def bare() -> int:\n    return 1\n", "`bare` has no docstring"),
    changed("docstrings", '"""What the detector promises."""', "X = 1", "the test file has", TESTS),
    more("no_undeclared_import", "import requests\n", "`requests` is imported but not declared"),
    more("no_undeclared_import", "from os_x import y\n", "`os_x` is imported but not declared"),
    more("no_undeclared_import", "import numpy_x\n", "`numpy_x` is imported but not declared"),
    more("no_undeclared_import", "import L9.core.other\n", "`L9.core.other` is imported but not"),
    more("no_undeclared_import", "from . import detector\n", "`.` is a relative import"),
    more("no_undeclared_import", "import generators.engine\n", "`generators.engine` is imported"),
    more("no_undeclared_import", "import numpy\n", "`numpy` is imported but not", TESTS),
    Case(
        "no_circular_import",
        "two modules",
        lambda u: u.with_more(MEMORY, "from L9.core.watch.detector import Detector\n"),
        "import cycle: L9.core.watch.detector -> L9.core.watch.memorybridge ->"
        " L9.core.watch.detector",
        DETECTOR,
    ),
    more(
        "no_circular_import",
        "def late() -> None:\n    from L9.core.watch import memorybridge\n",
        "import cycle: L9.core.watch.memorybridge -> L9.core.watch.memorybridge",
        MEMORY,
    ),
    Case(
        "links_verified",
        "unused",
        lambda u: u.with_facts(links=("L9.core.governance", "L9.core.packets")),
        "`L9.core.packets` is linked by the schema and imported nowhere",
        ROOT,
    ),
    Case(
        "files_as_planned",
        "missing",
        lambda u: u.without(SERVER),
        f"`{SERVER}` is planned and was not made",
        SERVER,
    ),
    Case(
        "files_as_planned",
        "surplus",
        lambda u: u.with_more(f"{ROOT}/extra.py", "X = 1\n"),
        f"`{ROOT}/extra.py` is not in the plan",
        f"{ROOT}/extra.py",
    ),
    Case(
        "under_rootpath",
        "other root",
        lambda u: replace(u, rootpath="L9/core/wat"),
        f"`{INIT}` lies outside `L9/core/wat`",
        INIT,
    ),
    Case(
        "line_counts",
        "one more",
        lambda u: replace(u, lines={SERVER: 6}),
        "5 lines, 6 are planned",
        SERVER,
    ),
    Case(
        "line_counts",
        "unplanned",
        lambda u: replace(u, lines={SERVER: None}),
        f"the plan promises no number of lines for `{SERVER}`",
        SERVER,
    ),
    more("no_secret", f"X = '''{KEY}'''\n", "key material is written down"),
    more("no_secret", "X = 'AKIA" + "A1" * 8 + "'\n", "an access key id is written down"),
    more("no_secret", f"X = '{JWT}'\n", "a signed token is written down"),
    more("no_secret", f"X = '{GHP}'\n", "an API token is written down"),
    more("no_secret", "X = 'redis://me:pw@redis:6379'\n", "an address with a password is written"),
    more("no_secret", "password = 'hunter'\n", "`password` is given a text"),
    more("no_secret", "DB_PASSWORD: str = 'hunter'\n", "`DB_PASSWORD` is given a text"),
    more("no_secret", "class A:\n    x = 1\nA.api_key = 'k'\n", "`api_key` is given a text"),
    more("no_secret", "dict(secret='k')\n", "`secret` is given a text"),
    more("no_secret", "X = {'private_key': 'k'}\n", "`private_key` is given a text"),
    more("no_secret", f"X = '{RANDOM}'\n", "a text that looks like a secret"),
    more("no_secret", f"\n{KEY}\n", "key material is written down", SPEC),
    more("no_dangerous_call", "import pickle\n", "`pickle` may not be imported"),
    more("no_dangerous_call", "from subprocess import run\n", "`subprocess` may not be imported"),
    more("no_dangerous_call", "import socket\n", "`socket` may not be imported"),
    more("no_dangerous_call", "import importlib.util\n", "`importlib.util` may not be imported"),
    more("no_dangerous_call", "import joblib\n", "`joblib` may not be imported"),
    more("no_dangerous_call", "from os import system\n", "`os.system` may not be used"),
    more("no_dangerous_call", "eval('1')\n", "`eval()` may not be called"),
    more("no_dangerous_call", "exec('1')\n", "`exec()` may not be called"),
    more("no_dangerous_call", "compile('1', 'x', 'eval')\n", "`compile()` may not be called"),
    more("no_dangerous_call", "__import__('os')\n", "`__import__()` may not be called"),
    more("no_dangerous_call", "import os\nos.popen('ls')\n", "`os.popen()` may not be called"),
    more("no_dangerous_call", "np.load('x')\n", "`np.load()` may not be called"),
    more("no_dangerous_call", "yaml.load('x')\n", "`yaml.load()` may not be called"),
    more("no_dangerous_call", "import pickle\n", "`pickle` may not be imported", TESTS),
    changed("no_swallowed_error", "except ValueError as error", "except", "a bare `except`"),
    more(
        "no_swallowed_error",
        "try:\n    X = 1\nexcept Exception:\n    X = 2\n",
        "all errors are caught and none is raised again",
    ),
    more(
        "no_swallowed_error",
        "try:\n    X = 1\nexcept (KeyError, BaseException):\n    X = 2\n",
        "all errors are caught and none is raised again",
    ),
    more(
        "no_swallowed_error",
        "try:\n    X = 1\nexcept KeyError:\n    pass\n",
        "an error is caught and nothing is done",
    ),
    more(
        "no_swallowed_error",
        "for i in ():\n    try:\n        X = 1\n    except KeyError:\n        continue\n",
        "an error is caught and nothing is done",
    ),
    more(
        "no_swallowed_error",
        "try:\n    X = 1\nexcept KeyError:\n    ...\n",
        "an error is caught and nothing is done",
    ),
    more("no_swallowed_error", "with suppress(KeyError):\n    X = 1\n", "`suppress` swallows"),
    more("no_swallowed_error", "with contextlib.suppress(KeyError):\n    X = 1\n", "`suppress`"),
    Case(
        "governance_bridge",
        "wire cut",
        lambda u: u.with_text(
            DETECTOR, 'self._governance.observe({"anomaly_score": max(scores)}, trace_id)', "X = 1"
        ).with_text(DETECTOR, 'self._governance.audit("anomaly_flagging", trace_id)', "X = 1"),
        NEVER,
        line=1,
    ),
    Case(
        "governance_bridge",
        "not imported",
        lambda u: replace(u, traits={SERVER: ("governed",)}),
        "does not import the governance bridge (GovernanceBridge)",
        SERVER,
    ),
    Case(
        "governance_bridge",
        "bridge without governance",
        lambda u: u.with_text(BRIDGE, "from agent_runtime.governance import Governance\n", ""),
        "does not import the governance bridge (Governance)",
        BRIDGE,
    ),
    Case(
        "governance_bridge",
        "nothing governed",
        lambda u: replace(u, traits={BRIDGE: (), DETECTOR: ()}),
        "the schema declares governance, and no module is governed",
        ROOT,
    ),
    changed(
        "audit_logging",
        'self._governance.audit("anomaly_flagging", trace_id)',
        "X = 1",
        "no audit record is written",
    ),
    changed(
        "audit_logging",
        "self._governance.audit(action",
        "self._governance.escalate(action",
        "no audit record is written",
        BRIDGE,
    ),
    changed("escalation", '"R-watch-01"', '"R-watch-11"', "the rule R-watch-01 (anomaly", BRIDGE),
    changed(
        "escalation", '"R-watch-01"', '"R-watch-11"', "the rule R-watch-11 is not declared", BRIDGE
    ),
    changed("escalation", "> 0.95", "> 0.96", "does not say `anomaly_score > 0.95`", BRIDGE),
    changed(
        "escalation",
        "self._governance.observe(values",
        "self._governance.audit(values",
        "the bridge never observes or escalates: no rule can fire",
        BRIDGE,
    ),
    changed(
        "escalation",
        "self._governance.observe({",
        "self._governance.audit({",
        "a module never observes or escalates: no rule can fire",
    ),
    changed("governance_declared", '"Igor"', '"Egor"', "the anchor `Igor` is not in the", BRIDGE),
    changed(
        "governance_declared",
        "audit_watch.py",
        "audit.py",
        "the compliance auditor `L9/governance/audit_watch.py` is not in the code",
        BRIDGE,
    ),
    facts("governance_declared", "the audit scope `x` is not", audit_scope=("x",)),
    more("governance_declared", "X = Policy(mode='autonomous')\n", "mode of the policy is 'auto"),
    more("governance_declared", "X = Anchor(name='Eve')\n", "the anchor `Eve` is not declared"),
    more(
        "escalation",
        "X = Rule(rule_id='R-watch-01', severity='low')\n",
        "severity of the rule R-watch-01 is 'low'; the schema says 'high'",
    ),
    changed(
        "memory_bridge_per_layer",
        "self._layers.episodic.write(sensor, score)",
        "self._layers.purge()",
        "no method of the memory bridge reaches the episodic layer",
        MEMORY,
    ),
    changed(
        "memory_bridge_per_layer",
        "layers.working",
        "layers",
        "no method of the memory bridge reaches the working layer",
        MEMORY,
    ),
    changed(
        "memory_bridge_per_layer",
        'self._memory.log_episode("sensor", max(scores))',
        "X = 1",
        "no module uses the episodic layer (log_episode is never called)",
    ),
    Case(
        "memory_bridge_per_layer",
        "remembers nothing",
        lambda u: replace(u, traits={SERVER: ("remembers",)}),
        "never calls the memory bridge",
        SERVER,
    ),
    changed("flags_applied", "self._flags.enabled(", "bool(", "no feature flag is asked"),
    changed("flags_applied", "self._flags.enabled(", "self._flags.to_json(", "no feature flag is"),
    *(
        Case(
            "flags_applied",
            name,
            lambda u, name=name: replace(u, flags={**FLAGS, name: False}),
            f"the feature flag {name} is off",
            ROOT,
        )
        for name in FLAGS
    ),
    changed("guards_present", 'finite_vector(readings, name="readings")', "readings", "no input"),
    changed(
        "guards_present",
        'checked_output(scores, low=0.0, high=1.0, name="scores")',
        "scores",
        "no output is checked",
    ),
    Case(
        "guards_present",
        "not imported",
        lambda u: replace(u, traits={SERVER: ("guarded_input",)}),
        "no input is checked",
        SERVER,
    ),
    changed("events_published", 'self._publisher.publish("anomaly")', "X = 1", "no event is"),
    changed("events_published", "self._bus.publish(", "self._bus.pump(", "no event is", PUBLISHER),
    changed(
        "endpoints_declared", "v6/detect", "v7/detect", "the path `/watch/v6/detect` of", SERVER
    ),
    changed("endpoints_declared", "=250", "=251", "the time-out 250 ms of detect is", SERVER),
    facts("endpoints_declared", "the time-out 100 ms of status", endpoints=(OTHER,)),
    more(
        "endpoints_declared",
        "X = EndpointSpec(path='/watch/v6/detect', timeout_ms=500, method='POST', **{})\n",
        "timeout_ms of the endpoint /watch/v6/detect is 500; the schema says 250",
    ),
    Case(
        "endpoints_declared",
        "no token",
        lambda u: u.with_facts(endpoints=(replace(OTHER, auth="governance_token"),)).with_more(
            DETECTOR, "X = EndpointSpec(path='/watch/v6/status', timeout_ms=100, role=None)\n"
        ),
        "the endpoint /watch/v6/status asks for no token; the schema says governance_token",
    ),
    more("memory_declared", "X = EpisodicSpec(retention_days=30)\n", "retention_days of the epi"),
    more("memory_declared", "X = EpisodicSpec(index_by=('place',))\n", "index_by of the episodic"),
    more("memory_declared", "X = WorkingSpec(ttl_seconds=60)\n", "ttl_seconds of the working"),
    more("memory_declared", "X = WorkingSpec(keyspace='other:*')\n", "keyspace of the working"),
    changed("memory_declared", "watch:working:", "w:", "the keyspace `watch:working:*`", MEMORY),
    changed("memory_declared", "3600.0", "3601.0", "the time to live `3600.0` of the", MEMORY),
    changed("memory_declared", "90.0", "91.0", "the retention `90.0` of the episodic", MEMORY),
    changed("memory_declared", '("station",)', '("x",)', "the index `station` of the", MEMORY),
    changed("listed_docs", "# Endpoints of Watch", "Endpoints", "does not begin with a", SPEC),
    Case(
        "listed_docs",
        "empty",
        lambda u: replace(u, files={**u.files, SPEC: ""}),
        "the document does not begin with a title",
        SPEC,
    ),
    Case(
        "listed_docs",
        "short",
        lambda u: replace(u, files={**u.files, SPEC: "# Endpoints\n\nFew words.\n"}),
        "4 words are too few; 40 are demanded",
        SPEC,
    ),
    more("listed_docs", "\n## Last\n", "the section `Last` is empty", SPEC),
    changed("listed_docs", "## Detect\n", "## A\n\n## Detect\n", "the section `A` is empty", SPEC),
    changed("listed_docs", "## Detect\n", "### A\n\n## B\n", "the section `A` is empty", SPEC),
    changed("listed_docs", "| 250 ms |", "| 250 ms | x |", "5 cells in a table of 4", SPEC),
    changed("listed_docs", "| 250 ms |", "| None |", "`None` is a value that was never", SPEC),
    more("listed_docs", "\nIt is undefined\n", "`undefined` is a value that was never", SPEC),
    changed("docs_agree", "| 250 ms |", "| 1250 ms |", "the time-out of detect (`250`)", SPEC),
    Case(
        "docs_agree",
        "path not shown",
        lambda u: replace(
            u, files={**u.files, SPEC: u.files[SPEC].replace("/watch/v6/detect", "/w")}
        ),
        "the path of detect (`/watch/v6/detect`) is not shown",
        SPEC,
    ),
    more("docs_agree", "\nGET /watch/v6/health\n", "`/watch/v6/health` is no endpoint", SPEC),
    changed(
        "promises_tested",
        "for rule in RULE_CASES:\n        assert not bench_of(0.5).escalations.pending(), rule",
        "assert not bench_of(0.5).escalations.pending()",
        "the rule R-watch-01 has no negative test",
        TESTS,
    ),
    changed(
        "promises_tested",
        "assert len(bench.layers.episodic.all()) == 1",
        "assert bench",
        "the memory layer episodic has no positive test",
        TESTS,
    ),
    changed("promises_tested", '"watch_readings_total"', '"x"', "the metric x has no", TESTS),
    Case(
        "promises_tested",
        "no tests",
        lambda u: u.without(TESTS),
        "the endpoint detect has no positive test",
        ROOT,
    ),
    more(
        "tests_checked", "\n\ndef test_x() -> None:\n    assert FILES\n", "carries no marker", TESTS
    ),
    more(
        "tests_checked",
        "\n\n@pytest.mark.positive\ndef test_x() -> None:\n    bench_of(0.5)\n",
        "`test_x` checks nothing",
        TESTS,
    ),
    more(
        "tests_checked",
        "\n\n@pytest.mark.positive\ndef test_x() -> None:\n    assert True\n",
        "an assertion of a constant cannot fail",
        TESTS,
    ),
    more(
        "tests_checked",
        "\n\n@pytest.mark.skip\n@pytest.mark.positive\ndef test_x() -> None:\n    assert FILES\n",
        "`skip` leaves a test out",
        TESTS,
    ),
    more("tests_checked", "\n\ntime.sleep(1)\n", "a test waits; advance a ManualClock", TESTS),
    Case(
        "tests_checked",
        "no test in the file",
        lambda u: replace(u, files={**u.files, TESTS: '"""Nothing."""\n'}),
        "the file holds no test",
        TESTS,
    ),
    more("same_bytes", "X = '/home/me/x'\n", "`/home/me` is a path of one machine"),
    more("same_bytes", "X = 'C:\\\\temp'\n", "is a path of one machine"),
    more("same_bytes", "\nSee /tmp/x.\n", "`/tmp/x.` is a path of one machine", SPEC),
    more("same_bytes", "# generated on 2026-01-01\n", "changes with the clock"),
    more("explicit_imports", "from agent_runtime.rules import *\n", "everything is imported from"),
    more("explicit_imports", "from agent_runtime.rules import _x\n", "`_x` of agent_runtime.rules"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.gate_id}: {case.name}")
def test_a_gate_refuses(case: Case) -> None:
    unit = case.broken(SmallUnit()).read()
    (gate,) = (gate for gate in GATES if gate.gate_id == case.gate_id)
    result = gate.check(unit)
    assert not result.passed
    messages = [finding.message for finding in result.findings]
    found = [finding for finding in result.findings if case.message in finding.message]
    assert found, messages
    finding = found[0]
    assert finding.code == gate.code
    assert finding.agent == "watch"
    assert finding.repair
    if finding.place.file != ROOT:
        assert finding.place.file == case.path
    if case.line is not None:
        assert finding.place.line == case.line


def test_every_gate_has_a_case_that_fails() -> None:
    assert {case.gate_id for case in CASES} == set(GATE_IDS)


def test_findings_stand_at_the_line_and_cite_the_pointer() -> None:
    unit = SmallUnit().with_more(DETECTOR, "\nX = 1  # FIXME\n")
    (gate,) = (gate for gate in GATES if gate.gate_id == "no_todo")
    (finding,) = gate.check(unit.read()).findings
    last = len(unit.files[DETECTOR].splitlines())
    assert (finding.place.file, finding.place.line, finding.place.column) == (DETECTOR, last, 8)
    assert finding.pointer == "Watch#/cursorinstructions/generatefiles/4"


def test_a_mark_inside_a_long_docstring_stands_at_its_own_line() -> None:
    unit = SmallUnit().with_text(DETECTOR, "Scores readings.", "Scores.\n\n    TODO: more\n    ")
    (gate,) = (gate for gate in GATES if gate.gate_id == "no_todo")
    (finding,) = gate.check(unit.read()).findings
    line = unit.files[DETECTOR].splitlines().index("    TODO: more") + 1
    assert (finding.place.line, finding.place.column) == (line, 1)


def test_facts_of_the_small_unit_are_complete() -> None:
    assert FACTS.layers == ("working", "episodic")


ONE_EACH = list({case.gate_id: case for case in CASES}.values())


@pytest.mark.parametrize("case", ONE_EACH, ids=lambda case: f"{case.gate_id}: {case.name}")
def test_the_other_gates_survive_what_one_of_them_refuses(case: Case) -> None:
    results = run_gates(case.broken(SmallUnit()).read())
    assert [result.gate_id for result in results] == list(GATE_IDS)


def test_marks_in_a_file_that_cannot_be_parsed_are_left_to_the_syntax_gate() -> None:
    unit = SmallUnit().with_more(DETECTOR, "def broken(:  # TODO\n").read()
    failed = [result.gate_id for result in run_gates(unit) if not result.passed]
    assert "syntax" in failed
    assert "no_todo" not in failed


def test_a_file_of_absurd_depth_is_refused_and_not_a_crash() -> None:
    unit = SmallUnit().with_more(DETECTOR, f"X = {'-' * 100_000}1\n").read()
    (gate,) = (gate for gate in GATES if gate.gate_id == "syntax")
    assert not gate.check(unit).passed


def test_the_place_of_a_missing_title_is_the_first_line_and_of_a_bad_row_its_own() -> None:
    (gate,) = (gate for gate in GATES if gate.gate_id == "listed_docs")
    unit = SmallUnit().with_text(SPEC, "# Endpoints of Watch\n", "Endpoints\n")
    unit = unit.with_text(SPEC, "| 250 ms |", "| 250 ms | x |").with_more(SPEC, "\n## Last\n")
    text = unit.files[SPEC].splitlines()
    row = next(n for n, line in enumerate(text, start=1) if "250 ms" in line)
    lines = [finding.place.line for finding in gate.check(unit.read()).findings]
    assert lines == [1, row, len(text)]


def test_a_document_of_forty_words_is_enough() -> None:
    (gate,) = (gate for gate in GATES if gate.gate_id == "listed_docs")
    for words, passes in ((37, False), (38, True)):
        text = f"# Title\n\n{'word ' * words}\n"
        unit = SmallUnit(files={**SmallUnit().files, SPEC: text}).read()
        assert gate.check(unit).passed is passes


def test_a_missing_file_has_no_lines_to_count() -> None:
    (gate,) = (gate for gate in GATES if gate.gate_id == "line_counts")
    assert gate.check(SmallUnit().without(SERVER).read()).passed


def test_an_annotated_constant_of_the_test_file_counts_as_mentioned() -> None:
    unit = SmallUnit().with_text(TESTS, "RULE_CASES = {", "RULE_CASES: dict[str, float] = {")
    (gate,) = (gate for gate in GATES if gate.gate_id == "promises_tested")
    assert gate.check(unit.read()).passed
    gone = SmallUnit().with_text(TESTS, '"R-watch-01": 0.96', '"R-watch-010": 0.96')
    messages = [finding.message for finding in gate.check(gone.read()).findings]
    assert messages == [
        "the rule R-watch-01 has no negative test",
        "the rule R-watch-01 has no positive test",
    ]
