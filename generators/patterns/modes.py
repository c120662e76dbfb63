"""Which module carries out each declared mode of reasoning."""

from dataclasses import dataclass
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError

TENSORS: Final = "tensors"
"""Carried out by the engine itself, over what the tensor layer returned."""

_CARRIERS: Final = (
    ("governance_bridge", ("governance", "constraint", "compliance")),
    ("reflective_auditor", ("reflect",)),
    ("analogical_reasoner", ("analog", "pattern", "precedent", "case_based")),
    ("causal_reasoner", ("causal",)),
    ("symbolic_reasoner", ("symbolic", "rule")),
    (TENSORS, ("tensor", "embedding", "link_prediction")),
)
"""Roles by words in the names of the modes they carry out; the first that fits has it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModeUse:
    """A declared mode and the role that carries it out (or `TENSORS`)."""

    name: str
    role: str


def modes(context: PatternContext) -> list[ModeUse]:
    """Return the declared modes with who carries them out, in their order.

    Raises:
        RefusalError: nobody carries out a mode, or its module is not generated.
    """
    found = []
    for name in dict.fromkeys(context.agent.learning.strategy_modes):
        role = role_of_mode(name)
        if not role:
            raise RefusalError(
                f"reasoningengine.strategymodes: nothing carries out {name}",
                "name a mode by what it does (symbolic, tensor, causal, pattern, analogical, "
                "governance, reflective), or drop it",
            )
        if role != TENSORS and role not in context.siblings:
            raise RefusalError(
                f"reasoningengine.strategymodes: {name} needs a module in the role {role}",
                f"add {role}.py to cursorinstructions.generatefiles, or drop the mode",
            )
        found.append(ModeUse(name=name, role=role))
    return found


def modes_of(context: PatternContext, role: str) -> list[str]:
    """Return the declared modes that modules of a role carry out.

    Raises:
        RefusalError: there is none, so that the module would have nothing to do.
    """
    declared = context.agent.learning.strategy_modes
    mine = [name for name in dict.fromkeys(declared) if role_of_mode(name) == role]
    if not mine:
        words = ", ".join(words[0] for carrier, words in _CARRIERS if carrier == role)
        raise RefusalError(
            f"reasoningengine.strategymodes names no mode that {context.stem}.py carries out",
            f"add a mode with the word {words} in its name, or drop the module",
        )
    return mine


def role_of_mode(name: str) -> str:
    """Return the role that carries out a mode, empty if none does."""
    plain = name.lower()
    return next((role for role, words in _CARRIERS if any(w in plain for w in words)), "")
