"""What the agents of a system share on one machine: the file of settings, the bus, and trust."""

import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import yaml

from agent_runtime.config import CONFIG_FILE_VARIABLE
from agent_runtime.config_file import read_settings_file
from agent_runtime.errors import ConfigError
from agent_runtime.identity import open_identity
from agent_runtime.keys import KeyRing, PublicJwk
from agent_runtime.tokens import SERVICE_ROLE
from agent_runtime.values import JsonValue

BUS_VARIABLE: Final = "L9_BUS_FILE"
KEYS_VARIABLE: Final = "L9_TRUSTED_KEYS"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One agent of a system: its id, its application (`package.module:factory`), its address."""

    agent: str
    target: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """Base URL of the agent."""
        return f"http://{self.host}:{self.port}"


def members_of(config: Path, targets: Mapping[str, str]) -> tuple[Member, ...]:
    """Return the agents with the addresses that the registry of the shared file gives them.

    Args:
        config: the shared file.
        targets: the application of each agent, in start-up order.

    Raises:
        ConfigError: the file cannot be read, or an agent has no usable address in it.
    """
    addresses = {agent: urlsplit(url) for agent, url in _registered(config).items()}
    found = []
    for agent, target in targets.items():
        address = addresses.get(agent)
        if address is None or not address.hostname or not address.port:
            raise ConfigError(f"{config}: the registry has no base_url with a port for {agent}")
        host, port = address.hostname, address.port
        found.append(Member(agent=agent, target=target, host=host, port=port))
    return tuple(found)


def on_free_ports(config: Path, folder: Path, members: Sequence[Member]) -> Path:
    """Write a copy of the shared file whose registry has a free port for each agent; return it.

    The register of policies that the file names as seen from its own folder stays where it is.

    Raises:
        ConfigError: the file cannot be read.
    """
    document = dict(read_settings_file(config))
    ports = dict(zip((each.agent for each in members), _free_ports(len(members)), strict=True))
    registry = document.get("registry")
    document["registry"] = [
        {**entry, "base_url": f"http://127.0.0.1:{ports[str(entry['agent'])]}"}
        for entry in (registry if isinstance(registry, Sequence) else ())
        if isinstance(entry, Mapping) and entry.get("agent") in ports
    ]
    auditing = document.get("auditing")
    if isinstance(auditing, Mapping) and isinstance(auditing.get("policies"), str):
        register = config.absolute().parent / str(auditing["policies"])
        document["auditing"] = {**auditing, "policies": str(register)}
    copy = folder / "config.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    copy.write_text(yaml.safe_dump(_plain(document), sort_keys=False), encoding="utf-8")
    return copy


def environment_of(
    member: Member, *, config: Path, folder: Path, trusted: Path, environ: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment of an agent's process; what `environ` says of the same wins.

    Args:
        member: the agent.
        config: the shared file of settings.
        folder: where agents keep what they write, each in a folder of its own.
        trusted: the keys that agents believe, as `trust_file` wrote them.
        environ: the present environment.
    """
    prefix = f"L9_{member.agent.upper()}__"
    own = folder / member.agent
    given = {
        CONFIG_FILE_VARIABLE: str(config),
        BUS_VARIABLE: str(folder / "bus.db"),
        f"{prefix}DATA__FOLDER": str(own),
        f"{prefix}LOGGING__FOLDER": str(own / "logs"),
        **environ,
        f"{KEYS_VARIABLE}_FILE": str(trusted),
    }
    given.pop(KEYS_VARIABLE, None)
    return given


def trust_file(members: Sequence[Member], folder: Path, environ: Mapping[str, str]) -> Path:
    """Write the keys that the agents believe: those of the environment, and each other's.

    An agent's own key gives the role `service` and no other: governance stays with people. It signs
    the packets of this agent, and of no other.

    Args:
        members: the agents; one that has no key yet gets it.
        folder: where agents keep what they write.
        environ: the present environment.

    Raises:
        ConfigError: keys cannot be read or are none.
    """
    keys: list[PublicJwk] = [*_given_keys(environ)]
    for member in members:
        data = environ.get(f"L9_{member.agent.upper()}__DATA__FOLDER")
        identity = open_identity(Path(data or folder / member.agent) / "identity.pem")
        keys.append({**identity.public_jwk(), "roles": [SERVICE_ROLE], "agent": member.agent})
    text = json.dumps({"keys": keys})
    KeyRing.from_jwks(text)
    path = folder / "trusted.jwks"
    path.write_text(text, encoding="utf-8")
    return path


def _given_keys(environ: Mapping[str, str]) -> list[PublicJwk]:
    file = environ.get(f"{KEYS_VARIABLE}_FILE")
    try:
        text = Path(file).read_text(encoding="utf-8") if file else environ.get(KEYS_VARIABLE)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{KEYS_VARIABLE}_FILE names a file that cannot be read") from error
    if not text:
        return []
    KeyRing.from_jwks(text)
    keys: list[PublicJwk] = json.loads(text)["keys"]
    return keys


def _registered(config: Path) -> dict[str, str]:
    registry = read_settings_file(config).get("registry")
    return {
        str(entry.get("agent")): str(entry.get("base_url"))
        for entry in (registry if isinstance(registry, Sequence) else ())
        if isinstance(entry, Mapping)
    }


def _free_ports(count: int) -> list[int]:
    """Return distinct ports of loopback that are free now."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in listeners]
    for each in listeners:
        each.close()
    return ports


def _plain(value: JsonValue) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


def run_environment() -> Mapping[str, str]:
    """Return the environment of this process."""
    return os.environ
