"""What a command is asked about: collections by name, or files and folders by path."""

from collections.abc import Iterable, Mapping

from generators.engine.build.collections import collection_name
from generators.engine.build.compiled import source_files
from generators.engine.names import InvalidNameError
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import files_below, is_file

_SUFFIXES = (".md", ".yaml", ".yml")


class UnknownSubjectError(Exception):
    """A word of the command line names neither a collection nor a file."""


def given_collections(
    settings: BuildSettings, words: Iterable[str]
) -> Mapping[str, tuple[str, ...]]:
    """Return source files by collection for the words of a command line; all without words.

    Paths given together form one collection, named after the first, with `given_` before it: the
    answers and the glue of a collection of the input folder are not theirs.

    Raises:
        UnknownSubjectError: a word names nothing.
    """
    words = tuple(words)
    known = source_files(settings)
    if not words:
        return known
    if all(word in known for word in words):
        return {word: known[word] for word in words}
    paths: list[str] = []
    for word in words:
        below = [word] if is_file(word) else list(files_below(word, suffixes=_SUFFIXES))
        if not below:
            raise UnknownSubjectError(
                f"{word} is no file and no collection; there are {', '.join(known)}"
            )
        paths += below
    first = paths[0].rpartition("/")[2].rpartition(".")[0]
    try:
        name = f"given_{collection_name(first)}"
    except InvalidNameError:
        name = "given"
    return {name: tuple(paths)}
