"""Tokens from the command line are believed by an agent that trusts the printed keys."""

import stat
from pathlib import Path

import pytest
from agent_runtime.clock import system_clock
from agent_runtime.errors import NotAuthenticatedError, NotAuthorisedError
from agent_runtime.issue import main
from agent_runtime.keys import KeyRing
from agent_runtime.replay import MemoryReplayLedger
from agent_runtime.tokens import TokenVerifier


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out.strip()


def verifier(jwks: str, agent: str) -> TokenVerifier:
    ledger = MemoryReplayLedger(system_clock)
    keys = KeyRing.from_jwks(jwks)
    return TokenVerifier(keys, audience=agent, clock=system_clock, ledger=ledger)


def test_a_token_is_believed_for_its_agent_and_role_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = str(tmp_path / "keys" / "tokens.pem")
    jwks = printed(capsys, "--key", key, "--jwks")
    token = printed(capsys, "--key", key, "--agent", "probe", "--role", "governance")
    claims = verifier(jwks, "probe").verify(token, "governance")
    assert (claims.subject, claims.roles) == ("operator", frozenset({"governance"}))
    with pytest.raises(NotAuthorisedError):
        verifier(jwks, "probe").verify(token, "service")
    with pytest.raises(NotAuthenticatedError):
        verifier(jwks, "other").verify(token, "governance")


def test_the_key_is_made_once_and_for_its_owner_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "tokens.pem"
    first = printed(capsys, "--key", str(key), "--jwks")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "PRIVATE" not in first
    assert printed(capsys, "--key", str(key), "--jwks") == first


@pytest.mark.parametrize(
    "arguments",
    [["--agent", "probe"], ["--role", "r"], ["--agent", "a", "--role", "r", "--seconds", "0"]],
)
def test_a_token_for_nobody_nothing_or_no_time_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(["--key", str(tmp_path / "k.pem"), *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "token" in captured.err


def test_a_file_that_is_no_key_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "k.pem"
    key.write_text("hello")
    assert main(["--key", str(key), "--jwks"]) == 2
    assert "private Ed25519" in capsys.readouterr().err
