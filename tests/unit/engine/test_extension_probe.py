"""The contract of an extension, as the integration probe checks it."""

from generators.engine.build.integration_probe import extension_problem


class Generated:
    def __init__(self, size: int) -> None:
        self.size = size

    def score(self, value: float) -> float:
        return value * self.size


GENERATED = "L9.agents.generated"
Generated.__module__ = GENERATED


class Faithful(Generated):
    def score(self, value: float) -> float:
        return super().score(value) + 1


class Renamed(Generated):
    def score(self, number: float) -> float:
        return number


class OtherConstructor(Generated):
    def __init__(self) -> None:
        super().__init__(1)


def test_a_subclass_with_the_same_signatures_is_accepted() -> None:
    assert extension_problem(Faithful, GENERATED) == ""


def test_a_changed_signature_is_named() -> None:
    assert extension_problem(Renamed, GENERATED).startswith("score(self, number: float)")
    assert "__init__" in extension_problem(OtherConstructor, GENERATED)


def test_what_is_no_subclass_is_refused() -> None:
    assert "is no subclass" in extension_problem(Faithful, "L9.another.module")
    assert "is no subclass" in extension_problem(3, GENERATED)
