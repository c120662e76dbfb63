"""Opens what every agent stands on: stores in one folder, logs, metrics and health checks.

The composition root of an agent takes an `AgentParts` and wires its modules over it; nothing here
is global, so several agents, or two of the same, can live in one process.
"""

import threading
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from agent_runtime.audit import AuditLog
from agent_runtime.auditcheckpoints import AuditKeeper
from agent_runtime.bus import EventBus, SqliteBus
from agent_runtime.clients.troubles import PeerTroubles
from agent_runtime.clock import Clock, system_clock
from agent_runtime.config import AgentSettings, Setting
from agent_runtime.datasets.ledger import OutcomeLedger
from agent_runtime.errors import ConfigError, MemoryLayerError
from agent_runtime.escalation import EscalationQueue
from agent_runtime.flags import Flags
from agent_runtime.governance import Governance
from agent_runtime.handover.passing import BundleFolder, Handover
from agent_runtime.health import HealthBoard
from agent_runtime.identity import open_identity
from agent_runtime.keys import KeyRing
from agent_runtime.logs import LEVELS, AgentLogs, Level
from agent_runtime.memory.archive import Archive, open_local_archive
from agent_runtime.memory.layers import open_embedded
from agent_runtime.memory.topology import ArchiveSpec, MemoryTopology
from agent_runtime.metrics import AgentMetrics, MetricSpec
from agent_runtime.observations import ObservedLinks
from agent_runtime.packetseal import RULES, PacketSeal, SignatureRule, rule_named
from agent_runtime.replay import SqliteReplayLedger
from agent_runtime.retraining_store import FileRetrainingStore
from agent_runtime.schedule import Interval
from agent_runtime.scheduler import TaskScheduler
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.status import StatusResponse
from agent_runtime.signedbus import SignedBus
from agent_runtime.tokens import TokenIssuer, TokenVerifier
from agent_runtime.translation.book import RecordBook
from agent_runtime.worldmodel import SqliteSource

STANDARD_SETTINGS: Final = (
    Setting(key="data.folder", kind="path", required=True),
    Setting(key="bus.file", kind="path"),
    Setting(key="logging.folder", kind="path", required=True),
    Setting(key="logging.level", default="INFO", choices=tuple(LEVELS)),
    Setting(key="tokens.keys"),
    Setting(key="packets.signatures", default="keyed", choices=RULES),
)
"""What `AgentParts` asks of the settings; agents declare them with their own defaults."""


EXPIRY_JOB: Final = "escalation-expiry"
EXPIRY_SECONDS: Final = 60.0
"""How late an escalation that nobody answered may be closed."""

PURGE_JOB: Final = "memory-retention"
PURGE_SECONDS: Final = 3_600.0
"""How long memory may outlive its time on disk; reading it is refused at once."""


class AgentParts:
    """The open parts of one agent.

    Attributes:
        agent: id of the agent.
        clock: source of time.
        flags: which feature flags are on.
        settings: the checked settings.
        folder: where the embedded stores are.
        identity: the key by which the agent is known; made at the first start.
        audit: the audit log.
        troubles: notes how the agents that it calls answer.
        keeper: leaves signed checkpoints of the audit log in the archive.
        escalations: what waits for the anchors.
        verifier: believes tokens signed by the keys of `tokens.keys`; of none if it is not set.
        layers: the declared memory layers.
        seal: signs the agent's packets and verifies those of others, by `packets.signatures`.
        bus: the event bus: the file `bus.file`, which agents may share, else one of its own.
            Packets that leave through it are signed; those that arrive are verified.
        scheduler: the agent's jobs.
        logs: the declared log files.
        metrics: the declared metrics.
        health: checks of the stores, the scheduler and the logs.
    """

    def __init__(
        self,
        agent: str,
        settings: AgentSettings,
        *,
        topology: MemoryTopology | None = None,
        channels: Mapping[str, str] | None = None,
        metrics: Iterable[MetricSpec] = (),
        flags: Flags | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """Open everything below the folder that `data.folder` names.

        Args:
            agent: id of the agent; tokens must be for it.
            settings: must declare `data.folder`, `logging.folder`, `logging.level`, `tokens.keys`.
            topology: the declared memory layers; none without.
            channels: log file of each channel, relative to `logging.folder`.
            metrics: the declared metrics.
            flags: all on without.
            clock: source of time.

        Raises:
            ConfigError: a setting is missing or cannot be used.
            MemoryLayerError: a store cannot be opened.
        """
        topology = topology or MemoryTopology(agent=agent)
        self.agent = agent
        self.clock = clock
        self.flags = flags or Flags()
        self.settings = settings
        self.folder = folder = settings.path("data.folder")
        folder.mkdir(parents=True, exist_ok=True)
        self.identity = open_identity(folder / "identity.pem")
        self.audit = AuditLog(folder / "audit.jsonl", clock=clock)
        self.escalations = EscalationQueue(folder / "escalations.db", clock)
        self._ledger = SqliteReplayLedger(folder / "tokens.db", clock)
        keys = _keys(settings)
        self.verifier = TokenVerifier(keys, audience=agent, clock=clock, ledger=self._ledger)
        self.seal = PacketSeal(
            agent, self.identity, keys, self.audit, rule=_signature_rule(settings)
        )
        self.layers = open_embedded(folder / "memory", topology, clock)
        self.keeper = AuditKeeper(
            agent, self.audit, self._checkpoints(), self.identity, clock=clock
        )
        self._messages = SqliteBus(bus_file(settings, folder), clock)
        self.bus: EventBus = SignedBus(self._messages, self.seal)
        self.scheduler = TaskScheduler(folder / "jobs.db", clock)
        self.logs = AgentLogs(
            settings.path("logging.folder"),
            channels or {"agent": f"{agent}.log"},
            agent=agent,
            clock=clock,
            level=_level(settings),
        )
        first = self.logs.channel(self.logs.channels[0])
        self.troubles = PeerTroubles(agent, self.audit, first)
        self.metrics = AgentMetrics(metrics)
        self.health = HealthBoard(clock=clock)
        self.health.register("memory", lambda: self.layers.validate(topology))
        self.health.register("scheduler", self.scheduler.check, affects="degraded")
        self.health.register("logs", self._check_logs, affects="degraded")
        self._stop = threading.Event()
        self._pump: threading.Thread | None = None

    @property
    def models(self) -> Path:
        """Folder of the model store."""
        return self.folder / "models"

    @property
    def handover(self) -> Handover:
        """Means to hand models to other agents and to take them: the bundles lie beside the bus."""
        return Handover(
            agent=self.agent,
            bundles=BundleFolder(bus_file(self.settings, self.folder).parent / "handover"),
            issuer=TokenIssuer(self.identity, clock=self.clock),
            verifier=self.verifier,
        )

    @property
    def trainings(self) -> Path:
        """Folder of the trainings."""
        return self.folder / "trainings"

    @cached_property
    def records(self) -> RecordBook:
        """What is known of a domain's records; opened when first asked for."""
        return RecordBook(self.folder / "records.db", self.clock)

    @cached_property
    def links(self) -> ObservedLinks:
        """The links that were observed; opened when first asked for."""
        return ObservedLinks(self.folder / "links.db", self.clock)

    @cached_property
    def outcomes(self) -> OutcomeLedger:
        """The outcomes that others reported; opened when first asked for."""
        return OutcomeLedger(self.folder / "outcomes.db", self.clock)

    @cached_property
    def sightings(self) -> SqliteSource:
        """What the world model's connectors saw; opened when first asked for."""
        return SqliteSource(self.folder / "world.db")

    @property
    def retraining(self) -> FileRetrainingStore:
        """State of the retraining policy."""
        return FileRetrainingStore(self.folder / "retraining.json")

    def start(self) -> None:
        """Run due jobs and deliver messages in the background from now on."""
        if self._pump is None:
            self._pump = threading.Thread(
                target=self._messages.pump_until, args=(self._stop,), name="bus", daemon=True
            )
            self._pump.start()
            self.scheduler.start()

    def keep_up(self, governance: Governance) -> None:
        """Have escalations expire, old memory forgotten and the audit log signed, on schedule.

        From now on agents that do not answer are escalated.

        Raises:
            ConfigError: the jobs are registered already.
        """
        self.troubles.escalate_with(governance)
        self.scheduler.register(
            EXPIRY_JOB,
            Interval(seconds=EXPIRY_SECONDS),
            lambda run: governance.expire(trace_id=run.trace_id),
        )
        self.scheduler.register(
            PURGE_JOB, Interval(seconds=PURGE_SECONDS), lambda _run: self.layers.purge()
        )
        self.keeper.register(self.scheduler)

    def close(self) -> None:
        """Stop the background work and close all files."""
        self._stop.set()
        if self._pump is not None:
            self._pump.join()
        self.scheduler.close()
        self._messages.close()
        self.layers.close()
        self.escalations.close()
        for name in ("links", "outcomes", "records", "sightings"):
            if name in self.__dict__:
                getattr(self, name).close()
        self._ledger.close()
        self.logs.close()

    def status(
        self, call: Call, *, version: str, governance: Mapping[str, object], model: str | None
    ) -> StatusResponse:
        """Return the agent's standing.

        Args:
            call: the call that asks.
            version: version of the agent.
            governance: what `Governance.status` returns.
            model: version of the model in service, if there is one.
        """
        report = self.health.report()
        return StatusResponse(
            agent=self.agent,
            version=version,
            status="draining" if report.draining else report.status,
            trace_id=call.trace_id,
            model_version=model,
            failing=tuple(check.name for check in report.checks if not check.healthy),
            governance_mode=str(governance["mode"]),
            governance_enforced=governance["enforced"] is True,
            pending_escalations=int(str(governance["pending_escalations"])),
            flags_off=tuple(sorted(self.flags.off)),
        )

    def _checkpoints(self) -> Archive:
        """Return where checkpoints of the audit log go: the archive, if the schema declares one."""
        if self.layers.archive is not None:
            return self.layers.archive
        spec = ArchiveSpec(prefix=self.agent)
        return open_local_archive(self.folder / "checkpoints", spec, self.clock)

    def _check_logs(self) -> None:
        if self.logs.lost:
            raise MemoryLayerError(f"{self.logs.lost} log lines could not be written")


def bus_file(settings: AgentSettings, folder: Path) -> Path:
    """Return the file of the bus that agents share; without one an agent is alone on its own."""
    if settings.declares("bus.file") and settings.is_set("bus.file"):
        return settings.path("bus.file")
    return folder / "bus.db"


def _keys(settings: AgentSettings) -> KeyRing:
    """Return the trusted keys; without any, no token is believed."""
    return (
        KeyRing.from_jwks(settings.text("tokens.keys"))
        if settings.is_set("tokens.keys")
        else KeyRing()
    )


def _signature_rule(settings: AgentSettings) -> SignatureRule:
    if not settings.declares("packets.signatures"):
        return "keyed"
    return rule_named(settings.text("packets.signatures"))


def _level(settings: AgentSettings) -> Level:
    wanted = settings.text("logging.level")
    for level in LEVELS:
        if level == wanted:
            return level
    raise ConfigError(f"logging.level {wanted!r} is none of {', '.join(LEVELS)}")
