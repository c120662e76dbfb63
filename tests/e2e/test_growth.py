"""The guide's example of growth: a sixth agent joins five that are built, and five that run."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from agent_runtime.bus import Delivery, SqliteBus
from agent_runtime.clock import system_clock
from agent_runtime.identity import open_identity
from agent_runtime.keys import SigningKey
from agent_runtime.tokens import TokenIssuer

from tests.e2e.workspace import ROOT, Workspace

COLLECTION = "tensoraios_ecosystem"
NEW = "mortgageos_adapter"
OLD = ("tensoraios", "main_agent", "plastos_adapter", "tensor_trainer", "tensor_auditor")
GROWTH = ROOT / "docs/examples/growth"
PLACES = {
    f"{NEW}_v6.0.md": f"{COLLECTION}/{NEW}_v6.0.md",
    "glue.yaml": f"glue/{COLLECTION}.yaml",
}
READING = ("findings", "validate", "normalise", "meta", "sequence", "lock", "prune")
WHOLE = {COLLECTION, f"{COLLECTION}.system", f"{COLLECTION}.integration"}
SECONDS = 60.0

pytestmark = pytest.mark.system


@dataclass(frozen=True)
class Grown:
    """The ecosystem with the sixth agent: what was executed for it, and what was there before."""

    workspace: Workspace
    executed: list[str]
    before: Mapping[str, bytes]

    @property
    def out(self) -> Path:
        return self.workspace.root / "extractions" / COLLECTION

    @property
    def run(self) -> Path:
        return self.workspace.root / ".codegen/run" / COLLECTION


def of_old_agents(workspace: Workspace) -> dict[str, bytes]:
    """Return every file of the agents that were there first, by path."""
    out = workspace.root / "extractions" / COLLECTION
    folders = [out / kind / agent for kind in ("code", "docs", "tests") for agent in OLD]
    return {
        str(path.relative_to(out)): path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def grown(ecosystem: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    workspace = ecosystem.copy_to(tmp_path_factory.mktemp("growth") / "w")
    before = of_old_agents(workspace)
    for name, place in PLACES.items():
        target = workspace.root / "input_schemas" / place
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((GROWTH / name).read_bytes())
    executed = workspace.executed()
    return Grown(workspace=workspace, executed=executed, before=before)


def test_only_the_new_agent_and_what_belongs_to_the_system_is_made(grown: Grown) -> None:
    made = [t for t in grown.executed if ":" in t and t.split(":")[0] not in READING]
    names = {task.split(":", 1)[1] for task in made}
    assert {f"generate:{NEW}", f"test:{NEW}", f"install:{NEW}", f"manifest:{NEW}"} <= {*made}
    assert f"evidence:{COLLECTION}" in made
    assert names <= {NEW, *WHOLE}
    assert of_old_agents(grown.workspace) == grown.before


def test_all_six_are_declared_and_nothing_is_left_to_do(grown: Grown) -> None:
    ran = grown.workspace.doit()
    assert ran.code == 0, ran.out
    assert grown.workspace.executed() == []
    manifest = json.loads((grown.out / "extraction_manifest.json").read_text())
    assert [each["agent_id"] for each in manifest["agents"]][-1] == NEW
    assert len(manifest["agents"]) == len(OLD) + 1
    assert (grown.out / "evidence/declaration.dsse.json").is_file()


def test_no_personal_field_of_a_borrower_is_put_into_packets(grown: Grown) -> None:
    spec = (grown.out / f"docs/{NEW}/TRANSLATION_SPEC.md").read_text()
    for field in ("full_name", "contact_email", "tax_number", "yearly_income", "address"):
        (line,) = {row for row in spec.splitlines() if row.startswith(f"| `{field}`")}
        assert "nothing: personal data goes into no packet" in line


def test_nothing_of_plastics_is_in_the_new_agent(grown: Grown) -> None:
    files = [*(grown.out / "code" / NEW).rglob("*.py"), *(grown.out / "docs" / NEW).rglob("*.md")]
    assert len(files) == 20
    for path in files:
        text = path.read_text().lower()
        assert not [w for w in ("plast", "polymer", "freight", "supplier", "trader") if w in text]


@dataclass(frozen=True)
class Running:
    """Five agents as processes, and a person whom they believe."""

    urls: Mapping[str, str]
    process: subprocess.Popen[str]
    issuer: TokenIssuer


@pytest.fixture(scope="module")
def running(grown: Grown) -> Iterator[Running]:
    """Start the five; the key that the sixth will sign with is trusted beforehand."""
    person = SigningKey.generate()
    sixth = open_identity(grown.run / NEW / "identity.pem")
    own = {**sixth.public_jwk(), "roles": ["service"], "agent": NEW}
    trusted = grown.workspace.root / "given.jwks"
    trusted.write_text(json.dumps({"keys": [person.public_jwk(), own]}))
    passed = grown.out / ".stage" / NEW / "verdict.json"
    hidden = passed.with_name("verdict.hidden")
    passed.rename(hidden)
    try:
        with started(
            grown,
            ["generators.engine.build.serve_system", COLLECTION, "--free-ports"],
            {"L9_TRUSTED_KEYS_FILE": str(trusted)},
        ) as process:
            assert process.stdout is not None
            lines = [json.loads(process.stdout.readline()) for _ in range(len(OLD) + 1)]
            hidden.rename(passed)
            assert lines[-1] == {"event": "system_ready", "agents": len(OLD)}
            urls = {line["agent"]: line["url"] for line in lines[:-1]}
            yield Running(
                urls=urls, process=process, issuer=TokenIssuer(person, clock=system_clock)
            )
    finally:
        if hidden.exists():
            hidden.rename(passed)


@contextmanager
def started(
    grown: Grown, command: list[str], environ: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """Run a module of ours in the workspace, and end it afterwards."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=grown.workspace.root,
        env={**kept, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=SECONDS)


def records() -> list[dict[str, object]]:
    """Return a lender with a product, and somebody who applies for a loan that it suits."""
    return [
        {
            "record": "lender",
            "fields": {
                "lender_id": "harbour_bank",
                "legal_name": "Harbour Bank",
                "contact_email": "desk@harbour.example",
                "licence_number": "L-1",
            },
        },
        {
            "record": "loan_product",
            "fields": {
                "product_id": "fixed_10",
                "lender_id": "harbour_bank",
                "region": "north",
                "purpose": "purchase",
                "available_sum": 900000,
                "rate": 3.1,
                "highest_loan_to_value": 0.9,
                "highest_debt_to_income": 0.4,
            },
        },
        {
            "record": "borrower",
            "fields": {
                "borrower_id": "b-1",
                "full_name": "Ada Sample",
                "contact_email": "ada@sample.example",
                "tax_number": "T-1",
                "region": "north",
                "employment": "employed",
                "yearly_income": 72000,
            },
        },
        {
            "record": "property",
            "fields": {
                "property_id": "p-1",
                "address": "1 Quay Street",
                "region": "north",
                "dwelling": "flat",
                "market_value": 400000,
            },
        },
        {
            "record": "loan_application",
            "fields": {
                "application_id": "a-1",
                "borrower_id": "b-1",
                "property_id": "p-1",
                "region": "north",
                "purpose": "purchase",
                "loan_sum": 300000,
                "highest_rate": 4.0,
                "loan_to_value_ratio": 0.75,
                "debt_to_income_ratio": 0.3,
            },
        },
    ]


def test_running_agents_serve_the_new_domain_without_a_restart(
    grown: Grown, running: Running
) -> None:
    bus = SqliteBus(grown.run / "bus.db", system_clock)
    answers: list[Delivery] = []
    bus.subscribe(f"packets.{NEW}", "test", answers.append)
    main = running.urls["main_agent"]
    domain = {"domain": "MortgageOS", "agent_id": NEW, "packet_types": ["loan_application"]}
    door = f"{main}/mainagent/v6/register_domain"
    assert httpx.post(door, json=domain, timeout=SECONDS).status_code == 401
    for new in (True, False):
        token = running.issuer.issue("tester", ("service",), "main_agent", 60.0)
        asked = {"Authorization": f"Bearer {token}"}
        told = httpx.post(door, json=domain, headers=asked, timeout=SECONDS).json()
        assert (told["new"], told["packet_types"]) == (new, ["loan_application"]), told
    environ = {
        "L9_BUS_FILE": str(grown.run / "bus.db"),
        "L9_TRUSTED_KEYS_FILE": str(grown.run / "trusted.jwks"),
        f"L9_{NEW.upper()}__DATA__FOLDER": str(grown.run / NEW),
        f"L9_{NEW.upper()}__CLIENTS__TENSORAIOS": running.urls["tensoraios"],
    }
    command = ["generators.engine.build.serve_agent", NEW, "--port", "0"]
    with started(grown, command, environ) as adapter:
        assert adapter.stdout is not None
        line = json.loads(adapter.stdout.readline())
        url = f"http://{line['host']}:{line['port']}"
        asked = {"records": records(), "criticality": 0.4}
        response = httpx.post(f"{url}/{NEW}/v6/translate", json=asked, timeout=SECONDS)
        assert response.status_code == 200, response.text
        translated = response.json()
        assert (translated["accepted"], translated["refused"]) == (5, [])
        assert translated["transactions"] == ["loan_application/a-1"]
        deadline = system_clock() + SECONDS
        while not answers and system_clock() < deadline:
            bus.pump()
    bus.close()
    (answer,) = answers
    metadata = answer.message["metadata"]
    payload = answer.message["payload"]
    assert isinstance(metadata, Mapping)
    assert isinstance(payload, Mapping)
    assert metadata["packet_type"] == "risk_assessment", answer.message
    assert metadata["in_reply_to"] == translated["packet_id"]
    assert metadata["trace_id"] == translated["trace_id"]
    assert set(payload) == {"credit_risk_score", "market_impact", "governance_flags"}
    assert "Ada Sample" not in json.dumps(answer.message)
    assert running.process.poll() is None
    audit = (grown.run / "main_agent/audit.jsonl").read_text()
    assert translated["trace_id"] in audit
    assert "Ada Sample" not in audit
