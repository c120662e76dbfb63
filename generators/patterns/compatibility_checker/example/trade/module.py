"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by compatibility_checker@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.matching.compatibility import (
    Compatibility,
    SpecificationRule,
    check_compatibility,
)
from agent_runtime.translation.records import CanonicalRecord

from L9.agents.adapters.plastos.governance_bridge import GovernanceBridge

SPECIFICATION: Final = (  # matching.compatibility
    SpecificationRule(
        name="polymer_family",
        supply="polymer",
        relation="equals",
        demand=("polymer",),
    ),
    SpecificationRule(
        name="melt_flow",
        supply="melt_flow",
        relation="within",
        demand=("melt_flow_low", "melt_flow_high"),
    ),
    SpecificationRule(
        name="contamination",
        supply="contamination",
        relation="at_most",
        demand=("contamination_limit",),
    ),
    SpecificationRule(
        name="colour",
        supply="colour",
        relation="equals",
        demand=("colour",),
        unless="any",
    ),
)
ALARMS: Final = {
    "contamination": "material_contamination_detected"
}  # governance: broken rules that people hear of


class CompatibilityChecker:
    """Holds a material against what a buyer asks for."""

    def __init__(self, governance: GovernanceBridge) -> None:
        self._governance = governance

    def check(self, supply: CanonicalRecord, demand: CanonicalRecord) -> Compatibility:
        """Judge one offer by one specification; what is not stated is not met."""
        return check_compatibility(SPECIFICATION, supply, demand)

    def judge(
        self, supply: CanonicalRecord, demand: CanonicalRecord, *, trace_id: str
    ) -> Compatibility:
        """Judge an offer that somebody means to deliver; the anchors hear of alarming faults.

        Raises:
            MemoryLayerError: an escalation could not be stored.
        """
        judged = self.check(supply, demand)
        alarms = [ALARMS[finding.rule] for finding in judged.broken if finding.rule in ALARMS]
        if alarms:
            self._governance.observe_all(
                dict.fromkeys(alarms, True),
                subject=f"{supply.record}/{supply.key}",
                trace_id=trace_id,
            )
        return judged
