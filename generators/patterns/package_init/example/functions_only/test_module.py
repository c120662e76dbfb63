"""What `L9.example.module` promises.

Expected by the schema and by package_init@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import pytest

import L9.example as package


@pytest.mark.positive
def test_the_package_says_who_it_is() -> None:
    assert (package.AGENT_ID, package.VERSION) == ("base", "1.0.0")


@pytest.mark.negative
@pytest.mark.parametrize("name", ["agent", "Manager", "os"])
def test_the_package_offers_nothing_else(name: str) -> None:
    assert not hasattr(package, name)
    assert name not in package.__all__


@pytest.mark.negative
def test_the_exported_names_are_exactly_the_promised_ones() -> None:
    assert sorted(package.__all__) == ["AGENT_ID", "VERSION"]
