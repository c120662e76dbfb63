"""What a generated domain bridge has, over the plain goods of scenarios."""

from agent_runtime.scenario.goods import DEAL, TERMS, plain_records
from agent_runtime.scenario.ground import PLAIN

__all__ = ["DEAL", "DOMAIN_AGENT", "RECORDS", "TERMS", "simulated"]

DOMAIN_AGENT = "trade"
RECORDS = plain_records()
simulated = PLAIN.simulated
