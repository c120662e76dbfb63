"""Schemas of older versions are written as version 6.0, and say the same before and after."""

import pytest

from generators.engine.model import migrations
from generators.engine.model.migrations import UnprovenMigrationError, migrate_files
from generators.engine.sources.migration import Migrated
from tests.unit.engine.collection_builder import AGENT_SCHEMA

HEAD = "system: S\nmodule: m\nname: Probe\nrole: r\n"
OWN = HEAD + "rootpath: L9/probe\n"
CASES = {
    "a section that had another name": (
        OWN + "memory_config:   # layers\n  working_memory: redis  # fast\n",
        OWN + "memorytopology:   # layers\n  workingmemory: redis  # fast\n",
    ),
    "keys in braces": (
        OWN + "collaboration: {autonomy_scope: {internal_decisions: full}}\n",
        OWN + "collaborationnetwork: {autonomyscope: {internaldecisions: full}}\n",
    ),
    "the rootpath under integration": (
        HEAD + "# where\nintegration:\n  root_path: L9/probe  # home\n  connect_to: [L9/core]\n",
        HEAD + "# where\nrootpath: L9/probe  # home\nintegration:\n  connectto: [L9/core]\n",
    ),
    "a rootpath that was all of its section": (
        HEAD + "integration:\n  root_path: L9/probe\nowner: me\n",
        HEAD + "rootpath: L9/probe\nowner: me\n",
    ),
    "endpoints under api_exposure": (
        OWN + "deployment:\n  api_exposure:\n    endpoints:\n      - GET /a  # alive\n"
        "  monitoring:\n    dashboardpath: d\n",
        OWN + "deployment:\n  endpoints:\n    - GET /a  # alive\n  telemetry:\n    dashboard: d\n",
    ),
    "endpoints beside other things under api_exposure": (
        OWN + "deployment:\n  api_exposure:\n    endpoints: [GET /a]\n    style: rest\n",
        OWN + "deployment:\n  endpoints: [GET /a]\n  api_exposure:\n    style: rest\n",
    ),
    "an autonomy profile at the top": (
        OWN + "autonomy_profile:\n  # careful\n  mode: full\n\nlearning_system:\n"
        "  architecture: a\n\ndeployment:\n  runtime: d\n",
        OWN + "\nlearningsystem:\n  architecture: a\n  autonomyprofile:\n    # careful\n"
        "    mode: full\n\ndeployment:\n  runtime: d\n",
    ),
    "an autonomy profile without a learning system": (
        OWN + "autonomy_profile:\n  mode: full\n",
        OWN + "learningsystem:\n  autonomyprofile:\n    mode: full\n",
    ),
    "links": (
        OWN + "cursor_instructions:\n  link_existing_files: [L9/x.py]\n",
        OWN + "cursorinstructions:\n  linkexisting: [L9/x.py]\n",
    ),
    "a version": (OWN + 'version: "5.2"  # old\n', OWN + 'version: "6.0"  # old\n'),
    "a plain version": (OWN + "metadata:\n  version: 5.2\n", OWN + "metadata:\n  version: 6.0\n"),
    "two documents": (
        OWN + "---\nmemory_config: {working_memory: redis}\n",
        OWN + "---\nmemorytopology: {workingmemory: redis}\n",
    ),
}
INDENTED = "1. one\n\n   ```yaml\n{}   ```\n"


def _migrate(text: str, name: str = "probe.yaml") -> str:
    found, mistakes = migrate_files({name: text.encode()}, AGENT_SCHEMA)
    assert mistakes == ()
    return found[0].content.decode() if found else text


@pytest.mark.parametrize("case", CASES)
def test_before_and_after(case: str) -> None:
    before, after = CASES[case]
    assert _migrate(before) == after
    assert _migrate(after) == after


def test_a_section_that_is_in_its_new_place_too_stays() -> None:
    kept = OWN + "integration:\n  root_path: L9/other\n"
    assert _migrate(kept) == kept


@pytest.mark.parametrize("case", CASES)
def test_in_a_fence_that_is_indented(case: str) -> None:
    before, after = (
        INDENTED.format("".join(f"   {line}\n" if line else "\n" for line in text.split("\n")[:-1]))
        for text in CASES[case]
    )
    assert _migrate(before, "probe.md") == after


def test_free_keys_values_and_the_agents_own_version_stay() -> None:
    kept = OWN + "version: 1.5.0\ncommunicationstack:\n  channels: {My_Key: true}\nx_y: root_path\n"
    assert _migrate(kept) == kept


def test_line_ends_and_byte_order_mark_stay() -> None:
    before = "\ufeff" + CASES["links"][0].replace("\n", "\r\n")
    assert _migrate(before) == "\ufeff" + CASES["links"][1].replace("\n", "\r\n")


def test_the_diff_and_the_words_name_each_change() -> None:
    files = {"p.yaml": CASES["links"][0].encode()}
    (migration,), _ = migrate_files(files, AGENT_SCHEMA)
    assert migration.changes == (
        (6, "cursor_instructions is cursorinstructions"),
        (7, "link_existing_files is linkexisting"),
    )
    assert migration.diff.startswith("--- a/p.yaml\n+++ b/p.yaml\n")
    assert "\n-  link_existing_files: [L9/x.py]\n" in migration.diff
    assert "\n+  linkexisting: [L9/x.py]\n" in migration.diff


def test_mistakes_come_first() -> None:
    found, mistakes = migrate_files({"p.yaml": f"{OWN}root_path: a: b\n".encode()}, AGENT_SCHEMA)
    assert found == ()
    assert [finding.code for finding in mistakes] == ["SR012"]


def test_a_section_in_braces_is_not_moved() -> None:
    text = HEAD + "integration: {root_path: L9/probe, connectto: []}\n"
    assert _migrate(text) == text


def test_what_would_say_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = migrations.migrate_text

    def wrong(*args: object) -> Migrated:
        done = real(*args)
        return Migrated(text=done.text.replace("L9/x", "L9/y"), changes=done.changes)

    monkeypatch.setattr(migrations, "migrate_text", wrong)
    with pytest.raises(UnprovenMigrationError, match="would not say the same"):
        _migrate(CASES["links"][0])
