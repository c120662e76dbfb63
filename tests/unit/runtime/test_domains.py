"""Domains share an agent without sharing names."""

import pytest
from agent_runtime.domains import LONGEST_NAME, Domain, DomainScope, domain_key
from agent_runtime.errors import ConfigError, InputBoundsError


def scope(*, open_to_all: bool = False) -> DomainScope:
    domains = (
        Domain(name="PlastOS"),
        Domain(name="Mortgage OS"),
        Domain(name="ForgeOS", active=False),
    )
    return DomainScope(domains, open_to_all=open_to_all)


@pytest.mark.parametrize("name", ["PlastOS", "plastos", "PLAST-OS", " Plast_OS "])
def test_a_domain_is_found_in_any_spelling(name: str) -> None:
    assert scope().admit(name).name == "PlastOS"


def test_only_active_domains_are_served() -> None:
    assert scope().active == ("PlastOS", "Mortgage OS")
    with pytest.raises(InputBoundsError, match="ForgeOS is announced, not served yet"):
        scope().admit("forgeos")
    with pytest.raises(
        InputBoundsError, match="'Other' is not served; served: PlastOS, Mortgage OS"
    ):
        scope().admit("Other")
    with pytest.raises(InputBoundsError, match="served: none"):
        DomainScope(()).admit("x")


def test_an_open_scope_admits_others_but_not_the_nameless_nor_the_announced() -> None:
    assert scope(open_to_all=True).admit("Other").key == "other"
    for name in ("", "-- --", "ForgeOS"):
        with pytest.raises(InputBoundsError):
            scope(open_to_all=True).admit(name)


def test_names_of_two_domains_cannot_collide() -> None:
    first, second = scope().qualify("PlastOS", "acme"), scope().qualify("MortgageOS", "acme")
    assert (first, second) == ("plastos:acme", "mortgageos:acme")
    assert scope().local("plastos", first) == "acme"
    with pytest.raises(InputBoundsError, match="another domain"):
        scope().local("PlastOS", second)
    with pytest.raises(InputBoundsError, match="another domain"):
        scope().local("PlastOS", "plastos")


@pytest.mark.parametrize("name", ["", "a:b", "x" * (LONGEST_NAME + 1), "a\nb"])
def test_names_that_could_pretend_are_refused(name: str) -> None:
    with pytest.raises(InputBoundsError):
        scope().qualify("PlastOS", name)


def test_pairs_are_qualified_at_both_ends_and_come_once() -> None:
    rows = [("buyer", "BUYS", "pellets"), ("buyer", "BUYS", "pellets"), ("b", "R", "c")]
    pairs = scope().pairs("PlastOS", rows)
    assert [tuple(pair) for pair in pairs] == [
        ("plastos:buyer", "BUYS", "plastos:pellets"),
        ("plastos:b", "R", "plastos:c"),
    ]
    with pytest.raises(InputBoundsError):
        scope().pairs("PlastOS", [])


def test_declarations_that_contradict_are_refused() -> None:
    with pytest.raises(ConfigError, match="two domains"):
        DomainScope((Domain(name="A B"), Domain(name="ab")))
    with pytest.raises(ConfigError, match="cannot name"):
        Domain(name="--")
    assert domain_key("Plast-OS 2") == "plastos2"
