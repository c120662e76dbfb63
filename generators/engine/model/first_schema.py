"""The text of a first schema: small, valid, and with something to change in every line."""

from dataclasses import dataclass

from generators.engine.names import AgentId, RepoPath, camel_case, snake_case
from generators.engine.sources.edits import quoted

KINDS = ("service", "library")


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstAgent:
    """What is asked about a new agent.

    Attributes:
        name: what people call it.
        role: what it is for, one sentence.
        rootpath: folder of its code.
        anchor: who answers its escalations.
        threshold: anomaly score, between 0 and 1, above which a person is called.
        kind: `service` (ranks observations, remembers, escalates, serves HTTP) or `library`.
    """

    name: str
    role: str
    rootpath: RepoPath
    anchor: str
    threshold: float
    kind: str

    @property
    def agent_id(self) -> AgentId:
        """Return the id that its name gives.

        Raises:
            InvalidNameError: the name has no letter to begin with, or is a reserved word.
        """
        return AgentId(snake_case(self.name))


def first_schema(agent: FirstAgent, json_schema: str) -> str:
    """Return the Markdown file of a collection with one agent.

    Args:
        agent: the answers.
        json_schema: path of the JSON Schema from the file's folder, for editors.

    Raises:
        InvalidNameError: the agent cannot be called so.
    """
    parts = _SERVICE if agent.kind == "service" else _LIBRARY
    texts = {
        "agent_id": str(agent.agent_id),
        "title": quoted(_line(agent.name)),
        "camel": camel_case(agent.name),
        "role": quoted(_line(agent.role)),
        "rootpath": str(agent.rootpath),
        "namespace": agent.rootpath.partition("/")[0],
        "anchor": quoted(_line(agent.anchor)),
        "threshold": f"{agent.threshold:g}",
        "json_schema": json_schema,
    }
    return "".join(_filled(part, texts) for part in (_HEAD, parts))


def _line(text: str) -> str:
    """Return a text on one line, without what an editor would not show."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _filled(template: str, texts: dict[str, str]) -> str:
    """Return a template with each `<word>` replaced once; what was filled in is not read again."""
    pieces = template.split("<")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        word, _, rest = piece.partition(">")
        filled += [texts[word], rest]
    return "".join(filled)


_HEAD = """---
title: <title>
type: schema-collection
agents: [<agent_id>]
version: 1.0.0
---

```yaml
# yaml-language-server: $schema=<json_schema>
version: 1.0.0

agent_id: <agent_id>
system: <title>
module: domainadapter
name: <camel>
role: <role>
rootpath: <rootpath>  # folder of its code

depends_on:
  hard: []  # agents whose code it uses; they are built first
  soft: []
"""

_LIBRARY = """
cursorinstructions:
  generatefiles:  # the comment behind a file becomes its docstring
    - tensor_utils.py  # Turn rows of numbers into validated matrices.
    - __init__.py  # The names that other agents may use.
  generatedocs:
    - README.md
```
"""

_SERVICE = """
integration:
  connectto: [<namespace>/core]  # packet protocol, memory and governance

governance:
  anchors: [<anchor>]  # who answers when it escalates
  mode: hybrid
  humanoverride: true
  escalationpolicy: |
    - anomaly_score > <threshold>
  auditscope: [anomaly_flagging, governance_escalations]

memorytopology:
  workingmemory:
    storagetype: redis
    purpose: Holds the latest rows and their scores, with TTL=10min.
    keyspace: <agent_id>:working:*
  episodicmemory:
    storagetype: postgres
    purpose: Records each batch and what was unusual about it.
    retention: 30 days

communicationstack:
  input: [structuredapi, schemavalidation]
  output: [structuredapi, eventstream]
  channels:
    structuredapi: true
    eventstream: true

reasoningengine:
  framework: anomaly_ranking
  model: anomaly_detection_isolationforest
  strategymodes: [anomaly_ranking]

learningsystem:
  autonomyprofile:
    mode: controlled_autonomy
    tasklimit: 10_parallel
    decisionlatencymaxms: 250
    escalationtriggers:
      - anomaly_score > <threshold>
    safetylayer: [tensor_input_validation, rate_limiting, audit_logging]

cursorinstructions:
  generatefiles:  # the comment behind a file becomes its docstring
    - anomaly_detector.py  # Rank rows by how unlike the others they are.
    - tensor_utils.py  # Turn rows of numbers into validated matrices.
    - governance_bridge.py  # Escalate rows beyond the threshold and audit what was flagged.
    - memory_bridge.py  # Remember recent rows and record every batch.
    - event_publisher.py  # Publish each ranking under its trace id.
    - config_manager.py  # Load and check the settings.
    - controller.py  # Answer the operations and record what was decided.
    - api_server.py  # Serve the endpoints over HTTP.
    - __init__.py  # The agent and the names it exports.
  linkexisting:
    - <namespace>/core/packetprotocol.py
    - <namespace>/core/memorymanager.py
    - <namespace>/core/governance.py
  generatedocs:
    - README.md
    - API_SPEC.md
  logging:
    - <namespace>/logs/<agent_id>/anomaly.log
    - <namespace>/logs/<agent_id>/governance.log
  postgeneration:
    manifest: <namespace>/manifests/<agent_id>/<agent_id>_v1_manifest.json

deployment:
  runtime: async_multinode
  endpoints:
    - {name: detect_anomaly, path: /<agent_id>/v1/anomaly, method: POST, timeout_ms: 250}
    - {name: get_status, path: /<agent_id>/v1/status, method: GET, timeout_ms: 100}
  telemetry:
    metrics: [inference_latency_ms, batch_throughput_requests_per_sec]
  alerting:
    - alert_ops_if_latency > 250ms
```
"""
