"""Remember which tokens were used, so that none is accepted twice."""

import threading
from pathlib import Path
from typing import Final, Protocol

from agent_runtime.clock import Clock
from agent_runtime.database import Database

REMEMBERED_SECONDS: Final = 3_600.0
"""How long a token is remembered after its expiry, so that a clock set back revives none."""

_TABLES = """
CREATE TABLE IF NOT EXISTS spent_tokens (
    token_id TEXT PRIMARY KEY,
    expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS spent_tokens_by_expiry ON spent_tokens (expires_at);
"""


class ReplayLedger(Protocol):
    """Where spent tokens are remembered until they have surely expired."""

    def spend(self, token_id: str, expires_at: float) -> bool:
        """Mark a token as used; False if it was used before. Atomic over all callers."""
        ...


class MemoryReplayLedger:
    """A ledger for one process that may forget at a restart; for tests and short lives."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: dict[str, float] = {}

    def spend(self, token_id: str, expires_at: float) -> bool:
        """Mark a token as used; False if it was used before."""
        with self._lock:
            oldest = self._clock() - REMEMBERED_SECONDS
            self._spent = {known: end for known, end in self._spent.items() if end > oldest}
            if token_id in self._spent:
                return False
            self._spent[token_id] = expires_at
            return True

    def __len__(self) -> int:
        """Count the tokens that are remembered."""
        with self._lock:
            return len(self._spent)


class SqliteReplayLedger:
    """A ledger in a file: shared by processes, and no restart makes a token usable again."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Open the ledger, or create it.

        Raises:
            MemoryLayerError: the file is no database.
        """
        self._database = Database(path, _TABLES, durable=True)
        self._clock = clock

    def spend(self, token_id: str, expires_at: float) -> bool:
        """Mark a token as used; False if it was used before.

        Raises:
            MemoryLayerError: the ledger cannot be written, so the token must not be accepted.
        """
        with self._database.write() as connection:
            oldest = self._clock() - REMEMBERED_SECONDS
            connection.execute("DELETE FROM spent_tokens WHERE expires_at <= ?", (oldest,))
            inserted = connection.execute(
                "INSERT OR IGNORE INTO spent_tokens VALUES (?, ?)", (token_id, expires_at)
            )
            return inserted.rowcount == 1

    def __len__(self) -> int:
        """Count the tokens that are remembered."""
        return len(self._database.rows("SELECT token_id FROM spent_tokens"))

    def close(self) -> None:
        """Close the file."""
        self._database.close()
