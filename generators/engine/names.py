"""Names that can only be built valid: identifiers, agent ids, repository paths.

A value of one of these types has passed its check once and needs no second one.
"""

import keyword
import re
from typing import Self

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SNAKE = re.compile(r"[a-z][a-z0-9_]*")
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")
_CAMEL_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MAX_LENGTH = 200
_DEVICE_NAMES = frozenset({"con", "prn", "aux", "nul"})
_USUAL_SEGMENT = r"(?!(?:con|prn|aux|nul)(?:[./]|\Z))[a-z0-9_][a-z0-9_.\-]{0,199}"
_USUAL_PATH = re.compile(rf"{_USUAL_SEGMENT}(?:/{_USUAL_SEGMENT})*", re.ASCII | re.IGNORECASE)
"""Accepts what the checks of `RepoPath` accept, at once; what it does not match is explained."""


class InvalidNameError(ValueError):
    """A text is not a valid name of the wanted kind; the message says why."""


class Identifier(str):
    """A Python identifier in ASCII that is no keyword."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check `text`.

        Raises:
            InvalidNameError: it is no ASCII identifier, or a reserved word.
        """
        if not _IDENTIFIER.fullmatch(text) or len(text) > _MAX_LENGTH:
            raise InvalidNameError(f"{text!r} is not a Python identifier")
        if keyword.iskeyword(text):
            raise InvalidNameError(f"{text!r} is a reserved word of Python")
        return super().__new__(cls, text)


class AgentId(str):
    """The snake-case id of an agent, also a folder name and a Python identifier."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check `text`.

        Raises:
            InvalidNameError: it is not lower snake case, or a reserved word.
        """
        if not _SNAKE.fullmatch(text) or len(text) > _MAX_LENGTH or keyword.iskeyword(text):
            raise InvalidNameError(f"{text!r} is not a lower snake-case identifier")
        return super().__new__(cls, text)


class RepoPath(str):
    """A relative POSIX path that stays inside the repository it is joined to."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check `text`; one trailing slash is dropped.

        Raises:
            InvalidNameError: it is absolute, escapes, or has a segment that is no plain name.
        """
        trimmed = text[:-1] if text.endswith("/") else text
        if _USUAL_PATH.fullmatch(trimmed):
            return super().__new__(cls, trimmed)
        if trimmed.startswith("/"):
            raise InvalidNameError(f"{text!r} is absolute; paths are relative to the repository")
        for segment in trimmed.split("/"):
            if segment == "..":
                raise InvalidNameError(f"{text!r} leaves the repository through '..'")
            if not _SEGMENT.fullmatch(segment) or len(segment) > _MAX_LENGTH:
                raise InvalidNameError(
                    f"{text!r} has the segment {segment!r}, which is no plain name"
                )
            if segment.split(".")[0].lower() in _DEVICE_NAMES:
                raise InvalidNameError(f"{text!r} has the segment {segment!r}, a device name")
        return super().__new__(cls, trimmed)

    @property
    def name(self) -> str:
        """Return the last segment."""
        return self.rsplit("/", 1)[-1]

    @property
    def folder(self) -> str:
        """Return all but the last segment; empty for a single segment."""
        return self.rsplit("/", 1)[0] if "/" in self else ""

    @property
    def stem(self) -> str:
        """Return the last segment without its suffix."""
        return self.name.rsplit(".", 1)[0]

    def below(self, *parts: str) -> "RepoPath":
        """Return the path of `parts` below this folder, checked again."""
        return RepoPath("/".join((str(self), *parts)))


def module_path(path: RepoPath) -> str:
    """Return the dotted import path of a Python file or package folder.

    Raises:
        InvalidNameError: a segment is not an importable identifier.
    """
    text = path.removesuffix(".py").removesuffix("/__init__")
    return ".".join(Identifier(segment) for segment in text.split("/"))


def normal_stem(stem: str) -> str:
    """Return `stem` as it is compared: lower case, without underscores and hyphens."""
    return stem.lower().replace("_", "").replace("-", "")


def snake_case(text: str) -> str:
    """Turn `TensorAIOS`, `Main Agent` or `plastos-adapter` into snake case."""
    words = re.split(r"[^A-Za-z0-9]+", _CAMEL_EDGE.sub("_", text))
    return "_".join(word.lower() for word in words if word)


def camel_case(text: str) -> str:
    """Turn `anomaly_detector` into `AnomalyDetector`, keeping capitals that are there."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", text) if word)
