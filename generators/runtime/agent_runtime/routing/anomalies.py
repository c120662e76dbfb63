"""Acts on what a tensor layer finds unusual: names it, and asks the anchors about the extreme."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent_runtime.errors import ConfigError
from agent_runtime.escalation import Escalation
from agent_runtime.guards import checked_output
from agent_runtime.routing.enrichment import EventWatch


@dataclass(frozen=True, kw_only=True, slots=True)
class AnomalyRule:
    """When an anomaly score is extreme.

    Attributes:
        threshold: a score above it is flagged, 0 to 1.
        score_signal: name of the signal that the highest score is judged as; empty for none.
        flag_signal: name of the event that something was flagged; empty for none.
    """

    threshold: float
    score_signal: str = ""
    flag_signal: str = ""

    def __post_init__(self) -> None:
        """Refuse a threshold that no score could be above.

        Raises:
            ConfigError: it is not within 0 to 1.
        """
        if not 0.0 <= self.threshold < 1.0:
            raise ConfigError(f"an anomaly threshold of {self.threshold} flags nothing")


def flagged(scores: Mapping[str, float], threshold: float) -> dict[str, float]:
    """Return the scores above `threshold`, highest first, then by name.

    Raises:
        OutputBoundsError: a score is not within 0 to 1.
    """
    checked_output(list(scores.values()), low=0.0, high=1.0, name="anomaly scores")
    above = [(name, score) for name, score in scores.items() if score > threshold]
    return dict(sorted(above, key=lambda entry: (-entry[1], entry[0])))


def watch_anomalies(
    rule: AnomalyRule,
    scores: Mapping[str, float],
    governance: EventWatch,
    *,
    subject: str,
    trace_id: str,
) -> tuple[dict[str, float], tuple[Escalation, ...]]:
    """Judge the scores; return what is flagged and what was escalated.

    Raises:
        OutputBoundsError: a score is not within 0 to 1.
    """
    extreme = flagged(scores, rule.threshold)
    signals: dict[str, float | bool] = {}
    if scores and rule.score_signal:
        signals[rule.score_signal] = max(scores.values())
    if extreme and rule.flag_signal:
        signals[rule.flag_signal] = True
    if not signals:
        return extreme, ()
    return extreme, governance.observe_all(signals, subject=subject, trace_id=trace_id)
