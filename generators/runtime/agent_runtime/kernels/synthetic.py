"""Made-up triples with and without structure, for tests and the demonstration.

`trading_market` follows rules that a good link predictor can learn (who trades with whom follows
from family and region); `structure_free` draws triples at random, so nothing can be learnt from it.
"""

import numpy as np

from agent_runtime.errors import InputBoundsError
from agent_runtime.kernels.datasets import Triple

_FAMILIES = ("olefin", "styrenic", "polyester", "polyamide", "vinyl", "acrylic")
_REGIONS = ("north", "south", "east", "west", "centre")


def trading_market(
    *, buyers: int = 40, suppliers: int = 30, materials: int = 30, noise: float = 0.0, seed: int = 0
) -> tuple[Triple, ...]:
    """Invent a market of buyers, suppliers and materials whose links follow from latent groups.

    Each material belongs to a family; each buyer and supplier has a region and deals in one family.
    A supplier offers, and a buyer wants, the materials of its family; they trade if family and
    region agree; materials of one family substitute one another.

    Args:
        buyers: number of buyers, at least 1.
        suppliers: number of suppliers, at least 1.
        materials: number of materials, at least 1.
        noise: share of triples whose object is replaced by a random fitting one, in [0, 1].
        seed: same seed, same market.

    Raises:
        InputBoundsError: a count is below 1 or the noise is out of bounds.
    """
    if min(buyers, suppliers, materials) < 1 or not 0 <= noise <= 1:
        raise InputBoundsError("a market needs counts of at least 1 and a noise share in [0, 1]")
    generator = np.random.default_rng([seed, 0x3A])
    family_of = {
        f"material_{i:03d}": _FAMILIES[int(generator.integers(len(_FAMILIES)))]
        for i in range(materials)
    }
    traders = [f"buyer_{i:03d}" for i in range(buyers)]
    traders += [f"supplier_{i:03d}" for i in range(suppliers)]
    profile = {
        name: (
            _FAMILIES[int(generator.integers(len(_FAMILIES)))],
            _REGIONS[int(generator.integers(len(_REGIONS)))],
        )
        for name in traders
    }
    triples = _material_links(family_of) + _trader_links(profile, family_of)
    return tuple(sorted(set(_with_noise(triples, noise, generator))))


def structure_free(
    *, entities: int = 60, relations: int = 4, triples: int = 1000, seed: int = 0
) -> tuple[Triple, ...]:
    """Draw distinct triples uniformly at random: the best prediction is no better than chance.

    Args:
        entities: number of entities, at least 1.
        relations: number of relations, at least 1.
        triples: number of distinct triples, at most half of the possible ones.
        seed: same seed, same triples.

    Raises:
        InputBoundsError: a count is out of bounds.
    """
    possible = entities * relations * entities
    if min(entities, relations) < 1 or not 1 <= triples <= possible // 2:
        raise InputBoundsError(
            f"cannot draw {triples} of {possible} triples over {entities} entities"
        )
    generator = np.random.default_rng([seed, 0x5F])
    chosen = generator.choice(possible, size=triples, replace=False)
    return tuple(
        sorted(
            (
                f"entity_{code // (relations * entities):04d}",
                f"relation_{code // entities % relations}",
                f"entity_{code % entities:04d}",
            )
            for code in chosen.tolist()
        )
    )


def _material_links(family_of: dict[str, str]) -> list[Triple]:
    """Link each material to its family and to its substitutes."""
    links: list[Triple] = [
        (material, "belongs_to", family) for material, family in family_of.items()
    ]
    links += [
        (one, "substitutes", other)
        for one, family in family_of.items()
        for other, other_family in family_of.items()
        if one != other and family == other_family
    ]
    return links


def _trader_links(profile: dict[str, tuple[str, str]], family_of: dict[str, str]) -> list[Triple]:
    """Link traders to their region and materials, and buyers to the suppliers that fit."""
    links: list[Triple] = []
    for trader, (family, region) in profile.items():
        verb = "wants" if trader.startswith("buyer") else "offers"
        links.append((trader, "located_in", region))
        links += [
            (trader, verb, m)
            for m, material_family in family_of.items()
            if material_family == family
        ]
    links += [
        (buyer, "trades_with", supplier)
        for buyer, wanted in profile.items()
        if buyer.startswith("buyer")
        for supplier, offered in profile.items()
        if supplier.startswith("supplier") and wanted == offered
    ]
    return links


def _with_noise(
    triples: list[Triple], noise: float, generator: np.random.Generator
) -> list[Triple]:
    """Replace some objects by that of another triple of the same relation."""
    objects: dict[str, list[str]] = {}
    for _, relation, object_ in triples:
        objects.setdefault(relation, []).append(object_)
    noisy: list[Triple] = []
    for subject, relation, object_ in triples:
        if generator.random() < noise:
            pool = objects[relation]
            noisy.append((subject, relation, pool[int(generator.integers(len(pool)))]))
        else:
            noisy.append((subject, relation, object_))
    return noisy
