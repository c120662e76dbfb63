"""An agent keeps its key, and nobody else can read it."""

import stat

import pytest
from agent_runtime import identity as identity_module
from agent_runtime.errors import ConfigError
from agent_runtime.identity import open_identity
from agent_runtime.keys import SigningKey


@pytest.mark.positive
def test_a_key_is_made_once_and_readable_by_its_owner_only(tmp_path):
    path = tmp_path / "new" / "identity.pem"
    first = open_identity(path)
    assert open_identity(path).key_id == first.key_id
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["identity.pem"]


@pytest.mark.positive
def test_a_key_of_ones_own_is_used(tmp_path):
    key = SigningKey.generate()
    path = tmp_path / "identity.pem"
    path.write_text(key.to_pem())
    assert open_identity(path).key_id == key.key_id


@pytest.mark.positive
def test_of_two_processes_that_start_together_the_first_decides(tmp_path, monkeypatch):
    path = tmp_path / "identity.pem"
    winner = SigningKey.generate()

    class Slow(SigningKey):
        @classmethod
        def generate(cls):
            path.write_text(winner.to_pem())
            return SigningKey.generate()

    monkeypatch.setattr(identity_module, "SigningKey", Slow)
    assert open_identity(path).key_id == winner.key_id
    assert [found.name for found in tmp_path.iterdir()] == ["identity.pem"]


@pytest.mark.negative
@pytest.mark.parametrize("content", [b"no key", b"\xff\xfe"])
def test_a_file_without_a_key_is_refused(tmp_path, content):
    path = tmp_path / "identity.pem"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"private Ed25519 key|cannot be used"):
        open_identity(path)


@pytest.mark.negative
def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="the identity of the agent cannot be used"):
        open_identity(tmp_path / "file" / "identity.pem")
