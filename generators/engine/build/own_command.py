"""What our commands share: options may stand before or behind the names they are about."""

import getopt
from collections.abc import Iterable, Sequence

from doit.cmd_base import DoitCmdBase

from generators.engine.build.compiled import source_files
from generators.engine.shell.environment import BuildSettings


class OwnCommand(DoitCmdBase):  # type: ignore[misc] # doit ships no types
    """A command of doit that takes its options in any place, as `git` and `ls` do."""

    def parse_execute(self, in_args: Sequence[str]) -> object:
        """Parse the arguments and run; doit itself takes an option behind a name for a name."""
        parser = self.cmdparser
        ordered = options_first(in_args, short=parser.get_short(), long=parser.get_long())
        return super().parse_execute(ordered)


def options_first(arguments: Sequence[str], *, short: str, long: Iterable[str]) -> list[str]:
    """Return the arguments with all options before all names, unknown ones for doit to refuse.

    Args:
        arguments: what stands behind the name of the command.
        short: short options as `getopt` declares them.
        long: long options likewise; a `=` at the end tells that a value follows.
    """
    declared = tuple(long)
    try:
        options, names = getopt.gnu_getopt(list(arguments), short, list(declared))
    except getopt.GetoptError:
        return sorted(arguments, key=lambda argument: not argument.startswith("-"))
    valued = {f"--{name[:-1]}" for name in declared if name.endswith("=")}
    first: list[str] = []
    for name, value in options:
        takes_value = name in valued or (not name.startswith("--") and bool(value))
        first += [name, value] if takes_value else [name]
    return [*first, "--", *names]


def named_collections(settings: BuildSettings, names: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Return the collections that a command line names, all without names, and a complaint.

    The complaint is empty unless a name means nothing; it ends with a newline.
    """
    known = source_files(settings)
    unknown = [name for name in names if name not in known]
    if unknown:
        return (), f"no collection is called {unknown[0]}; there are {', '.join(known)}\n"
    return tuple(names or known), ""
