"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by config_manager@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from agent_runtime.config import AgentSettings, Setting, load_settings
from agent_runtime.flags import Flags

AGENT: Final = "probe"
SETTINGS: Final = (
    Setting(key="data.folder", kind="path", default=".l9/probe", source="one folder an agent"),
    Setting(
        key="server.port",
        kind="integer",
        default=8000,
        low=1,
        high=65535,
        source="meta.dependency.integration#/startup/base_port",
    ),
    Setting(
        key="memory_backends.redis.url",
        kind="text",
        variable="L9_REDIS_URL",
        secret=True,
        source="meta.codegen.schema#/memory/working/connection",
    ),
)


class ConfigManager:
    """Settings: defaults of the schema, then the shared file, then the environment."""

    def __init__(self, environ: Mapping[str, str], *, file: Path | None = None) -> None:
        self._environ = environ
        self._file = file

    def load(self) -> AgentSettings:
        """Return the checked settings.

        Raises:
            ConfigError: a key is unknown, a value does not fit, or the file cannot be read.
        """
        return load_settings(AGENT, SETTINGS, self._environ, file=self._file)

    def flags(self) -> Flags:
        """Return the feature flags: those of the shared file unless the environment differs.

        Raises:
            ConfigError: a flag is unknown or neither on nor off.
        """
        declared = self.load().data("feature_flags")
        words = {k: str(v) for k, v in declared.items()} if isinstance(declared, Mapping) else {}
        return Flags.from_environ({**words, **self._environ})
