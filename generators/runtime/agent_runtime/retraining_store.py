"""Keep retraining state in one JSON file that a crash leaves whole."""

import os
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from agent_runtime.errors import InputBoundsError, MemoryLayerError
from agent_runtime.retraining import RetrainingState


class FileRetrainingStore:
    """A `RetrainingStore` on a file; one process writes it."""

    def __init__(self, path: Path) -> None:
        """Name the file; its folder must exist when the state is saved."""
        self._path = path
        self._adapter = TypeAdapter(RetrainingState)

    def load(self) -> RetrainingState:
        """Return the saved state, a fresh one if there is no file yet.

        Raises:
            MemoryLayerError: the file cannot be read or holds something else.
        """
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return RetrainingState()
        except OSError as error:
            raise MemoryLayerError(f"retraining state cannot be read: {error.strerror}") from error
        try:
            return self._adapter.validate_json(text, strict=True)
        except (ValidationError, InputBoundsError) as error:
            raise MemoryLayerError(f"{self._path.name} is no retraining state: {error}") from error

    def save(self, state: RetrainingState) -> None:
        """Write the state to a second file, then put it in place of the first.

        Raises:
            MemoryLayerError: the disk refuses.
        """
        draft = self._path.with_name(f"{self._path.name}.new")
        try:
            with draft.open("wb") as file:
                file.write(self._adapter.dump_json(state, indent=2))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        except OSError as error:
            raise MemoryLayerError(f"retraining state cannot be saved: {error.strerror}") from error
