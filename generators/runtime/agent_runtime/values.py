"""Types shared by every part of the runtime."""

from collections.abc import Mapping, Sequence

JsonValue = str | int | float | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
"""Anything JSON can carry."""

JsonObject = Mapping[str, JsonValue]
"""A JSON object."""
