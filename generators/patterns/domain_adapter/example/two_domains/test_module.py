"""What `L9.example.module` promises.

Expected by the schema and by domain_adapter@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

import pytest
from agent_runtime.errors import InputBoundsError

from L9.example.module import DomainAdapter

FIRST = "PlastOS"
ROWS = [("buyer", "BUYS", "pellets"), ("supplier", "SELLS", "pellets")]


@pytest.mark.positive
def test_the_domains_of_the_schema_are_served() -> None:
    assert DomainAdapter().domains == ("PlastOS", "MortgageOS")


@pytest.mark.positive
@pytest.mark.parametrize("domain", ("PlastOS", "MortgageOS"))
def test_entities_come_back_under_the_name_their_domain_gave_them(domain: str) -> None:
    adapter = DomainAdapter()
    entity = adapter.entity(domain, "acme")
    assert entity != "acme"
    assert adapter.local_name(domain, entity) == "acme"


@pytest.mark.positive
def test_candidates_keep_their_order_and_relation() -> None:
    pairs = DomainAdapter().candidates(FIRST, ROWS)
    assert [pair.relation for pair in pairs] == ["BUYS", "SELLS"]
    adapter = DomainAdapter()
    assert [adapter.local_name(FIRST, pair.subject) for pair in pairs] == ["buyer", "supplier"]


@pytest.mark.positive
def test_one_entity_has_one_name_in_all_pairs() -> None:
    pairs = DomainAdapter().candidates(FIRST, ROWS)
    assert pairs[0].object == pairs[1].object


@pytest.mark.positive
def test_spelling_of_a_domain_does_not_matter() -> None:
    adapter = DomainAdapter()
    assert adapter.entity(FIRST.upper(), "acme") == adapter.entity(FIRST.lower(), "acme")


@pytest.mark.positive
def test_entities_of_two_domains_never_meet() -> None:
    adapter = DomainAdapter()
    assert adapter.entity(FIRST, "acme") != adapter.entity("MortgageOS", "acme")


@pytest.mark.negative
def test_a_domain_cannot_read_the_names_of_another() -> None:
    adapter = DomainAdapter()
    with pytest.raises(InputBoundsError, match="another domain"):
        adapter.local_name("MortgageOS", adapter.entity(FIRST, "acme"))


@pytest.mark.negative
@pytest.mark.parametrize("domain", ("ForgeOS",))
def test_a_domain_that_is_only_announced_is_refused(domain: str) -> None:
    with pytest.raises(InputBoundsError, match="announced"):
        DomainAdapter().candidates(domain, ROWS)


@pytest.mark.negative
@pytest.mark.parametrize("domain", ["", "Nobody", "nobody else"])
def test_a_domain_that_is_not_declared_is_refused(domain: str) -> None:
    with pytest.raises(InputBoundsError, match="not served"):
        DomainAdapter().candidates(domain, ROWS)


@pytest.mark.negative
@pytest.mark.parametrize("name", ["", "a:b", "x" * 201, "a\nb"])
def test_a_name_that_could_pretend_to_be_another_is_refused(name: str) -> None:
    with pytest.raises(InputBoundsError):
        DomainAdapter().entity(FIRST, name)


@pytest.mark.negative
def test_no_candidates_is_an_error_not_an_empty_answer() -> None:
    with pytest.raises(InputBoundsError):
        DomainAdapter().candidates(FIRST, [])
