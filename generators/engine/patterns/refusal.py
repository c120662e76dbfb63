"""How a pattern says that a schema lacks something it cannot do without."""


class RefusalError(Exception):
    """The pattern refuses its input; it becomes a question to the user.

    Attributes:
        reason: what is missing or contradictory, naming the schema field.
        repair: what to write, and where.
    """

    def __init__(self, reason: str, repair: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.repair = repair
