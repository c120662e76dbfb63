"""What goes wrong with a pattern itself."""


class PatternError(Exception):
    """A pattern folder is not built as generators/patterns/README.md says: our fault."""
