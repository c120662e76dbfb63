"""What ends a scenario, and what an agent refused."""


class ScenarioError(Exception):
    """The scenario cannot go on; the message says why."""


class RefusedError(ScenarioError):
    """An agent refused a request; `status` and `title` are those of its answer."""

    def __init__(self, status: int, title: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.title = title
