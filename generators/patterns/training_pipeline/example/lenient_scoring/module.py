"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by training_pipeline@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from agent_runtime.approvals import Credential
from agent_runtime.clock import Clock
from agent_runtime.errors import NoModelError
from agent_runtime.kernels.datasets import Triple, TripleDataset, split_triples
from agent_runtime.kernels.factorization import FactorizationConfig
from agent_runtime.kernels.linkmodel import LinkModel
from agent_runtime.observations import ObservedLinks
from agent_runtime.pipeline import OneAtATime, PipelineRun, retrain_response
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.training import RetrainRequest, RetrainResponse
from agent_runtime.training import TrainingJob, TrainingLimits
from agent_runtime.validation import HoldOut

from L9.core.tensoraios.governancebridge import GovernanceBridge
from L9.core.tensoraios.model_loader import ModelLoader
from L9.core.tensoraios.modelvalidation import ModelValidator

TEMPORAL_SCOPE_DAYS: Final[float | None] = (
    None  # reasoningengine.temporalscope is not given: all links count
)
CONFIG: Final = FactorizationConfig()
LIMITS: Final = TrainingLimits(max_seconds=45.0)  # 75% of the time-out of trigger_retraining
PROMOTION: Final = "promote_model"


class TrainingPipeline:
    """From observed links to a validated model in service; one training at a time."""

    def __init__(
        self,
        loader: ModelLoader,
        validator: ModelValidator,
        governance: GovernanceBridge,
        links: ObservedLinks,
        *,
        clock: Clock,
        config: FactorizationConfig = CONFIG,
        checkpoint: Path | None = None,
    ) -> None:
        self._loader = loader
        self._validator = validator
        self._governance = governance
        self._links = links
        self._clock = clock
        self._config = config
        self._checkpoint = checkpoint
        self._training = OneAtATime()

    def observe(self, links: Iterable[Triple]) -> int:
        """Note that `links` (subject, relation, object) hold now; return how many were named.

        Raises:
            InputBoundsError: a name is unusable; then nothing is noted.
        """
        return self._links.observe(links)

    def dataset(self) -> TripleDataset:
        """Return the links that count today, split for training, validation and test.

        Raises:
            InputBoundsError: there is none.
        """
        return split_triples(self._links.recent(TEMPORAL_SCOPE_DAYS), seed=self._config.seed)

    def run(
        self, dataset: TripleDataset, *, trace_id: str, token: Credential | None = None
    ) -> PipelineRun:
        """Train on `dataset`, store the model, and promote it if validation and governance agree.

        Args:
            dataset: what to learn from; its test part decides on the promotion.
            trace_id: trace to work under.
            token: consent to the promotion, where governance demands one.

        Raises:
            InputBoundsError: there are too few links to learn from and to test with.
            OverloadedError: a training is under way.
            GovernanceError: promoting a model is outside the autonomy of the agent.
            NotAuthenticatedError: governance demands a token and got none that it believes.
        """
        with self._training.turn():
            job = TrainingJob(
                dataset, self._config, LIMITS, clock=self._clock, checkpoint=self._checkpoint
            )
            training = job.run()
            report = self._validator.compare(
                training.model, self._in_service(), HoldOut.of(dataset)
            )
            version = self._loader.add(training, trace_id=trace_id)
            if report.accepted:
                self._governance.permit(PROMOTION, subject=version, token=token, trace_id=trace_id)
                self._loader.promote(version, reason=report.reasons[0], trace_id=trace_id)
            return PipelineRun(
                training=training, validation=report, version=version, promoted=report.accepted
            )

    def retrain_call(self, request: RetrainRequest, call: Call) -> RetrainResponse:
        """Note the links of `request` and train on all that count, under the trace of `call`.

        Raises:
            InputBoundsError: a name is unusable, or there are too few links.
            OverloadedError: a training is under way.
            GovernanceError: promoting a model is outside the autonomy of the agent.
        """
        self.observe((link.subject, link.relation, link.object) for link in request.links)
        run = self.run(self.dataset(), trace_id=call.trace_id, token=call.token)
        return retrain_response(run, request, call)

    def _in_service(self) -> LinkModel | None:
        """Return the model in service, if there is one."""
        try:
            return self._loader.current().model
        except NoModelError:
            return None
