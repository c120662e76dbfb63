"""A logger of our own."""


class OwnLogger:
    """Extends nothing."""
