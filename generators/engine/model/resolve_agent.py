"""From canonical data to the typed model of one agent, with findings for what cannot be."""

import re
from collections.abc import Mapping

from generators.engine.findings import Finding
from generators.engine.model.agent import (
    Agent,
    Autonomy,
    Dependencies,
    FileRequest,
    Governance,
    Instructions,
    Learning,
    MemoryLayer,
    PathRequest,
    Threshold,
    WorldModelUse,
)
from generators.engine.model.bindings import read_entries
from generators.engine.model.endpoints import resolve_endpoints
from generators.engine.model.fields import Fields, Locate
from generators.engine.names import (
    AgentId,
    Identifier,
    InvalidNameError,
    RepoPath,
    module_path,
    normal_stem,
    snake_case,
)
from generators.engine.rules.quantities import Quantity, find_ttl, parse_note, parse_quantity
from generators.engine.sources.canonical import Plain

_LAYERS = (
    "workingmemory",
    "episodicmemory",
    "semanticmemory",
    "causalmemory",
    "longtermpersistence",
)
_SECOND_MS = 1_000.0
_DAY_MS = 86_400_000.0
_VERSION = re.compile(r"v\d+(\.\d+)*")


def resolve_agent(
    data: Mapping[str, Plain], comments: Mapping[str, str], locate: Locate
) -> tuple[Agent | None, tuple[Finding, ...]]:
    """Build the model of one agent.

    Args:
        data: canonical data that passed the JSON Schema of agents.
        comments: trailing comment of each value by pointer; those of files are their purposes.
        locate: place of a pointer in the source.

    Returns:
        The agent, or None if it cannot be named or placed, and what is wrong.
    """
    fields = Fields(data, "", locate)
    rootpath = fields.path(fields.text("rootpath"), "/rootpath")
    agent_id = _agent_id(fields, rootpath)
    if rootpath is None or agent_id is None or not _importable(rootpath, fields):
        return None, tuple(fields.findings)
    integration = fields.section("integration")
    deployment = fields.section("deployment")
    telemetry = deployment.section("telemetry")
    communication = fields.section("communicationstack")
    channels = communication.section("channels").data
    instructions = _instructions(fields.section("cursorinstructions"), rootpath, comments)
    files = tuple(file.path for file in instructions.generate_files)
    endpoints, open_points = resolve_endpoints(deployment)
    agent = Agent(
        agent_id=agent_id,
        title=fields.text("title", fields.text("system")),
        system=fields.text("system"),
        module=fields.text("module"),
        name=fields.text("name"),
        role=fields.text("role"),
        version=fields.text("version", "0.0.0"),
        rootpath=rootpath,
        connect_to=integration.texts("connectto"),
        shared_domains=integration.texts("shareddomains"),
        partners=fields.section("collaborationnetwork").texts("partners"),
        depends_on=_dependencies(fields),
        governance=_governance(fields.section("governance")),
        memory=_memory(fields.section("memorytopology")),
        channels=tuple(name for name, on in channels.items() if on is True),
        inputs=communication.texts("input"),
        outputs=communication.texts("output"),
        endpoints=endpoints,
        autonomy=_autonomy(fields),
        learning=_learning(fields),
        world_model=_world_model(fields.section("worldmodelintegration")),
        metrics=telemetry.texts("metrics"),
        dashboard=telemetry.optional("dashboard"),
        alerting=deployment.texts("alerting"),
        instructions=instructions,
        data=data,
        modules=read_entries(fields.section("modules"), files),
        open_points=open_points,
    )
    return agent, tuple(fields.findings)


def _agent_id(fields: Fields, rootpath: RepoPath | None) -> AgentId | None:
    """Take `agent_id`, else the segment that all endpoint paths begin with, else the rootpath's."""
    text = fields.text("agent_id") or _path_id(fields)
    if not text and rootpath is None:
        return None  # the rootpath has its own finding
    text = text or snake_case(rootpath.name if rootpath else "")
    try:
        return AgentId(text)
    except InvalidNameError as error:
        pointer = "/agent_id" if fields.text("agent_id") else "/rootpath"
        fields.complain("MD002", pointer, str(error), "give agent_id in lower snake case")
        return None


def _importable(rootpath: RepoPath, fields: Fields) -> bool:
    """Tell whether code in a folder can be imported; note why it cannot."""
    try:
        module_path(rootpath)
    except InvalidNameError as error:
        message = f"code in {str(rootpath)!r} cannot be imported: {error}"
        fields.complain("MD007", "/rootpath", message, "use letters, digits and underscores")
        return False
    return True


def _path_id(fields: Fields) -> str:
    """Return the first segment of all paths `/<agent>/v<n>/...`, spelt as the manifest's folder is.

    `/mainagent/v6/packet` with a manifest below `main_agent/` gives `main_agent`.
    """
    endpoints = fields.section("deployment").sections("endpoints")
    paths = [entry.text("path").strip("/").split("/") for entry in endpoints]
    firsts = {path[0] for path in paths if len(path) > 1 and _VERSION.fullmatch(path[1])}
    if len(firsts) != 1 or any(path[0] not in firsts for path in paths):
        return ""
    (first,) = firsts
    manifest = fields.section("cursorinstructions", "postgeneration").text("manifest")
    folder = manifest.rpartition("/")[0].rpartition("/")[2]
    return folder if normal_stem(folder) == normal_stem(first) else first


def _dependencies(fields: Fields) -> Dependencies:
    declared = fields.section("depends_on")
    return Dependencies(
        hard=declared.texts("hard"), soft=declared.texts("soft"), derived=not declared.data
    )


def _governance(fields: Fields) -> Governance:
    thresholds = {}
    for name in fields.section("thresholds").data:
        entry = fields.section("thresholds", name)
        value = entry.number("value")
        if value is not None:
            unit = entry.text("unit", "ratio")
            thresholds[name] = Threshold(name=name, value=value, unit=unit)
    return Governance(
        anchors=fields.texts("anchors"),
        mode=parse_note(fields.text("mode", "hybrid")).value,
        human_override=fields.flag("humanoverride", default=True),
        compliance_auditor=fields.optional("complianceauditor"),
        escalation_policy=fields.prose("escalationpolicy"),
        audit_scope=fields.texts("auditscope"),
        thresholds=thresholds,
    )


def _memory(fields: Fields) -> tuple[MemoryLayer, ...]:
    layers = []
    for name in _LAYERS:
        if name not in fields.data:
            continue
        layer = fields.section(name)
        purpose = layer.text("purpose")
        ttl = find_ttl(purpose)
        layers.append(
            MemoryLayer(
                name=name,
                storage_type=layer.text("storagetype"),
                purpose=purpose,
                keyspace=layer.optional("keyspace"),
                ttl_seconds=_duration(layer, "purpose", ttl, _SECOND_MS) if ttl else None,
                retention_days=_retention(layer),
                index_by=layer.texts("indexby"),
                pointer=layer.pointer,
            )
        )
    return tuple(layers)


def _retention(layer: Fields) -> float | None:
    quantity = parse_quantity(layer.optional("retention"))
    return _duration(layer, "retention", quantity, _DAY_MS)


def _duration(fields: Fields, key: str, quantity: Quantity, unit_ms: float) -> float | None:
    """Return a duration in units of `unit_ms` milliseconds; None where it has no bound."""
    if quantity.problem is not None:
        _note_quantity(fields, key, quantity)
        return None
    return None if quantity.canonical is None else quantity.canonical / unit_ms


def _note_quantity(fields: Fields, key: str, quantity: Quantity) -> None:
    fields.complain(
        "MD009",
        fields.at(key),
        f"{quantity.text!r} is no quantity: {quantity.problem}",
        "write a number and a unit, for example `90 days`",
    )


def _autonomy(fields: Fields) -> Autonomy:
    profile = fields.section("learningsystem", "autonomyprofile")
    scope = fields.section("collaborationnetwork", "autonomyscope")
    limit = parse_quantity(profile.optional("tasklimit"))
    if limit.problem is not None:
        _note_quantity(profile, "tasklimit", limit)
    return Autonomy(
        mode=parse_note(profile.text("mode", "controlled_autonomy")).value,
        task_limit=int(limit.value) if limit.value is not None else None,
        decision_latency_max_ms=profile.integer("decisionlatencymaxms"),
        internal_decisions=parse_note(scope.text("internaldecisions", "full")).value,
        external_actions=parse_note(scope.text("externalactions", "gated_by_governance")).value,
        escalation_triggers=profile.texts("escalationtriggers"),
        safety_layer=profile.texts("safetylayer"),
    )


def _learning(fields: Fields) -> Learning:
    learning = fields.section("learningsystem")
    reasoning = fields.section("reasoningengine")
    policy = learning.section("modelupdatepolicy")
    growth = learning.section("cognitivegrowthvector")
    loop = reasoning.section("reasoningfeedbackloop")
    scope = reasoning.section("temporalscope").optional("scope") or reasoning.optional(
        "temporalscope"
    )
    return Learning(
        modules=learning.texts("modules"),
        feedback_channels=learning.texts("feedbackchannels"),
        update_mode=policy.optional("mode"),
        auto_tune=policy.flag("autotunehyperparams", default=False),
        rollback_on_regression=policy.flag("rollbackonregression", default=True),
        stability_threshold=growth.number("stabilitythreshold"),
        optimization_target=growth.optional("optimizationtarget"),
        retrain_interval_hours=loop.integer("retrainintervalhours"),
        framework=reasoning.text("framework"),
        model=reasoning.text("model"),
        secondary_models=reasoning.texts("secondarymodels"),
        strategy_modes=reasoning.texts("strategymodes"),
        temporal_scope_days=_duration(reasoning, "temporalscope", parse_quantity(scope), _DAY_MS),
        source_blend=reasoning.section("knowledgefusionlayer").texts("sourceblend"),
        reward=loop.text("rewardfunction"),
        penalty=loop.text("penaltyfunction"),
    )


def _world_model(fields: Fields) -> WorldModelUse:
    return WorldModelUse(
        active_models=fields.texts("activemodels"),
        data_connectors=fields.texts("dataconnectors"),
        model_type=fields.optional("modeltype"),
        use_cases=fields.texts("usecases"),
    )


def _instructions(fields: Fields, rootpath: RepoPath, comments: Mapping[str, str]) -> Instructions:
    after = fields.section("postgeneration")
    manifest = after.optional("manifest")
    return Instructions(
        create_if_missing=_requests(fields, "createifmissing", comments),
        generate_files=_files(fields, rootpath, comments),
        generate_docs=_requests(fields, "generatedocs", comments, under=rootpath),
        link_existing=_requests(fields, "linkexisting", comments),
        logging=_requests(fields, "logging", comments),
        manifest=fields.path(manifest, after.at("manifest")) if manifest else None,
        generate_tests=after.flag("generatetests", default=True),
        validate_dependencies=after.flag("validatedependencies", default=True),
    )


def _requests(
    fields: Fields, key: str, comments: Mapping[str, str], under: RepoPath | None = None
) -> tuple[PathRequest, ...]:
    return tuple(
        PathRequest(
            path=located(path, under) if under else path,
            purpose=comments.get(pointer, ""),
            pointer=pointer,
        )
        for pointer, path in fields.paths(key)
    )


def located(path: RepoPath, rootpath: RepoPath) -> RepoPath:
    """Return where a bare, nested or full path of a schema lies; the root is never joined twice.

    A path is full if it begins with the first segment of `rootpath` (`L9/...`), or with `rootpath`
    without that segment (`agents/x/...` below `L9/agents/x`).
    """
    namespace, _, rest = rootpath.partition("/")
    if path.startswith(f"{namespace}/"):
        return path
    if "/" in rest and path.startswith(f"{rest}/"):
        return RepoPath(f"{namespace}/{path}")
    return rootpath.below(path)


def _files(
    fields: Fields, rootpath: RepoPath, comments: Mapping[str, str]
) -> tuple[FileRequest, ...]:
    files = []
    root = f"{rootpath}/"
    for pointer, path in fields.paths("generatefiles"):
        full = located(path, rootpath)
        *folders, name = full.removeprefix(root).split("/")
        stem = name.rpartition(".")[0] or name
        if not full.startswith(root):
            fields.complain(
                "MD019",
                pointer,
                f"{path!r} lies outside of the agent's rootpath {rootpath}",
                "write a bare name or a path below the rootpath",
            )
            continue
        try:
            for segment in (*folders, stem):
                Identifier(segment)
        except InvalidNameError as error:
            fields.complain(
                "MD007",
                pointer,
                f"{path!r} cannot be imported: {error}",
                "rename the file to a Python identifier",
            )
            continue
        if not name.endswith(".py"):
            fields.complain("MD008", pointer, f"{path!r} is no Python file", "end the name in .py")
            continue
        purpose = comments.get(pointer, "")
        files.append(FileRequest(path=full, stem=stem, purpose=purpose, pointer=pointer))
    return tuple(files)
