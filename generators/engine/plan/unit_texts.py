"""Render a unit: the text of each planned file, before formatting."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from jsonschema import Draft202012Validator

from generators.engine.model.agent import Agent, Collection
from generators.engine.model.ruling import Ruling, compile_ruling
from generators.engine.names import RepoPath, camel_case, module_path
from generators.engine.patterns.context import Interface, PatternContext, Sibling, SystemContext
from generators.engine.patterns.library import Library
from generators.engine.patterns.pattern import ComputeParams, ComputeSystemParams, Pattern
from generators.engine.patterns.refusal import RefusalError
from generators.engine.plan.edges import edge_at
from generators.engine.plan.match import Matches, match_agent
from generators.engine.plan.plan_agent import linked_modules
from generators.engine.plan.plan_links import facade_test_path
from generators.engine.plan.roster import make_roster, targets_of
from generators.engine.plan.sequence import plan_sequence, start_order
from generators.engine.plan.shares import glue_share
from generators.engine.plan.unit_plan import PlannedFile, UnitPlan
from generators.engine.render.templates import render_template
from generators.engine.sources.canonical import Plain


class ParamsError(Exception):
    """A pattern's `params` returned what its own schema forbids: a fault of the pattern."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workshop:
    """What rendering needs besides the unit: patterns, shared templates, meta, glue, neighbours.

    `linked` holds the text of linked code by repository path.
    """

    collection: str
    namespace: str
    library: Library
    shared: Mapping[str, str]
    facades: Mapping[str, str]
    meta: Mapping[str, Mapping[str, Plain]]
    glue: Mapping[str, Plain]
    dependencies: Mapping[str, Interface]
    linked: Mapping[str, str] = field(default_factory=dict)


def render_unit(unit: UnitPlan, about: Agent | Collection, workshop: Workshop) -> dict[str, str]:
    """Return the text of every file of `unit` by repository path.

    Args:
        unit: the plan.
        about: the model of the agent; of the collection for the shared links and the system.
        workshop: everything around it.

    Raises:
        RenderError: a template is at fault.
        ParamsError: a pattern's parameters are at fault.
        RefusalError: a pattern refuses the schema.
    """
    maker = _maker(unit, about, workshop)
    return {
        file.path: workshop.linked[file.path] if file.source else maker.text(file)
        for file in unit.files
    }


def _maker(
    unit: UnitPlan, about: Agent | Collection, workshop: Workshop
) -> "_AgentMaker | _LinksMaker | _SystemMaker":
    if isinstance(about, Agent):
        return _AgentMaker(about, unit, workshop)
    if unit.kind == "system":
        return _SystemMaker(unit, about, workshop)
    return _LinksMaker(workshop)


def params_trier(unit: UnitPlan, agent: Agent, workshop: Workshop) -> Callable[[PlannedFile], None]:
    """Return a function that computes and checks the parameters of a file, without rendering it.

    The function raises `RefusalError` if the pattern refuses the schema, and `ParamsError` if the
    pattern's parameters are at fault.
    """
    return _AgentMaker(agent, unit, workshop).check


def check_params(pattern: Pattern, params: Mapping[str, Plain]) -> None:
    """Hold parameters against the pattern's own schema.

    Raises:
        ParamsError: they do not fit.
    """
    errors = Draft202012Validator(dict(pattern.params_schema)).iter_errors(params)
    messages = sorted(f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in errors)
    if messages:
        raise ParamsError(f"{pattern.reference}: {'; '.join(messages)}")


def render_pattern(
    pattern: Pattern,
    template: str,
    params: Mapping[str, Plain],
    header: Mapping[str, str],
    shared: Mapping[str, str],
) -> str:
    """Render one template of a pattern with checked parameters.

    Args:
        pattern: the pattern.
        template: file name of the template in its folder.
        params: what `p` is in the template.
        header: what `h` is.
        shared: templates that may be included.
    """
    check_params(pattern, params)
    return _render(pattern, template, params, header, shared)


def _render(
    pattern: Pattern,
    template: str,
    params: Mapping[str, Plain],
    header: Mapping[str, str],
    shared: Mapping[str, str],
) -> str:
    return render_template(
        pattern.templates[template],
        {"p": params, "h": header},
        shared,
        name=f"{pattern.pattern_id}/{template}",
    )


class _LinksMaker:
    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    def text(self, file: PlannedFile) -> str:
        """Return the text of a facade or its test; facades take no parameters but their names."""
        pattern = _pattern_of(file, self._workshop.library)
        module = module_path(RepoPath(self._facade_path(file)))
        header = _header(file, module, module.rpartition(".")[0])
        return render_pattern(pattern, file.template, {}, header, self._workshop.shared)

    def _facade_path(self, file: PlannedFile) -> str:
        if file.role == "facade":
            return file.path
        namespace = self._workshop.namespace
        return next(
            path
            for path in self._workshop.facades
            if facade_test_path(path, namespace) == file.path
        )


class _SystemMaker:
    def __init__(self, unit: UnitPlan, collection: Collection, workshop: Workshop) -> None:
        self._workshop = workshop
        hard = {str(agent.agent_id): agent.depends_on.hard for agent in collection.agents}
        soft = {str(agent.agent_id): agent.depends_on.soft for agent in collection.agents}
        self._context = SystemContext(
            collection=collection,
            namespace=workshop.namespace,
            order=plan_sequence(hard, max_parallel=1).order,
            starts=start_order(hard, soft),
            built=unit.soft,
            meta=workshop.meta,
            glue=workshop.glue,
            siblings={name: self._siblings(collection, name) for name in unit.soft},
        )

    def _siblings(self, collection: Collection, name: str) -> Mapping[str, Sibling]:
        """Return the generated modules of an agent by role."""
        workshop, agent = self._workshop, collection.agent(name)
        roster = make_roster(collection.agents, workshop.glue)
        targets = targets_of(agent, workshop.library, roster)
        return match_agent(agent, workshop.library, targets).siblings

    def text(self, file: PlannedFile) -> str:
        """Return the text of one system file."""
        pattern = _pattern_of(file, self._workshop.library)
        compute = cast("ComputeSystemParams", pattern.compute)
        header = _header(file, self._workshop.namespace, self._workshop.namespace)
        edge = edge_at(self._workshop.glue, file.pointer)
        params = compute(replace(self._context, edge=edge))
        return render_pattern(pattern, file.template, params, header, self._workshop.shared)


class _AgentMaker:
    def __init__(self, agent: Agent, unit: UnitPlan, workshop: Workshop) -> None:
        self._agent = agent
        self._unit = unit
        self._workshop = replace(workshop, glue=glue_share(workshop.glue, agent))
        self._matches: Matches = match_agent(agent, workshop.library, unit.targets)
        self._ruling: Ruling = compile_ruling(agent)
        self._params: dict[str, Mapping[str, Plain]] = {}

    def check(self, file: PlannedFile) -> None:
        """Compute and check the parameters of `file`."""
        pattern = self._pattern(file.path)
        self._parameters(self._context(file, file.path, pattern), pattern)

    def text(self, file: PlannedFile) -> str:
        """Return the text of a module, test or document; folders and logs begin empty."""
        if not file.template:
            return ""
        asked = self._asked_path(file)
        pattern = self._pattern(asked)
        context = self._context(file, asked, pattern)
        params = self._parameters(context, pattern)
        header = _header(file, context.module, context.package)
        return _render(pattern, file.template, params, header, self._workshop.shared)

    def _pattern(self, asked: str) -> Pattern:
        """Return the pattern of a module or document, fitted to it where `modules` says so.

        Documents that the meta templates ask for stand in the plan only.
        """
        found = self._matches.by_path.get(asked)
        if found is None:
            found = self._workshop.library.find(RepoPath(asked).stem, "doc")
        if found is None:
            raise KeyError(asked)
        return found

    def _parameters(self, context: PatternContext, pattern: Pattern) -> Mapping[str, Plain]:
        """Return checked parameters, computed once for a module and its test."""
        if context.path not in self._params:
            self._params[context.path] = _computed(context, pattern)
        return self._params[context.path]

    def _purpose(self, file: PlannedFile, asked: str) -> str:
        requests = self._agent.instructions.generate_files
        return next((r.purpose for r in requests if r.path == asked and r.purpose), file.purpose)

    def _asked_path(self, file: PlannedFile) -> str:
        """Return the path of the module or document that the schema asked for."""
        if file.role != "test":
            return file.path
        pointer = file.pointer.partition("#")[2]
        requests = self._agent.instructions.generate_files
        return next(request.path for request in requests if request.pointer == pointer)

    def _context(self, file: PlannedFile, asked: str, pattern: Pattern) -> PatternContext:
        agent, workshop = self._agent, self._workshop
        package = module_path(agent.rootpath)
        path = RepoPath(asked)
        return PatternContext(
            agent=agent,
            collection=workshop.collection,
            namespace=workshop.namespace,
            sequence=self._unit.sequence,
            stem=path.stem,
            path=asked,
            purpose=self._purpose(file, asked),
            pointer=file.pointer,
            module=module_path(path) if path.endswith(".py") else package,
            package=package,
            class_name=pattern.class_name.replace("{Agent}", self._agent_class()),
            siblings=self._matches.siblings,
            operations=self._matches.operations,
            ruling=self._ruling,
            links=linked_modules(agent, workshop.facades),
            dependencies=self._dependencies(),
            meta=workshop.meta,
            glue=workshop.glue,
            entry=agent.entry(asked),
            peers=workshop.dependencies,
            target=self._unit.targets.get(path.stem),
        )

    def _dependencies(self) -> Mapping[str, Interface]:
        known = self._workshop.dependencies
        return {name: known[name] for name in self._unit.hard if name in known}

    def _agent_class(self) -> str:
        return camel_case(self._agent.name)


def _computed(context: PatternContext, pattern: Pattern) -> Mapping[str, Plain]:
    """Return checked parameters: what the schema gives, and for the rest what is computed.

    Raises:
        RefusalError: the pattern refuses the schema, or what the schema gives does not fit.
        ParamsError: what is computed does not fit: a fault of the pattern.
    """
    given = context.entry.params
    compute = cast("ComputeParams", pattern.compute)
    if not given:
        params = compute(context)
        check_params(pattern, params)
        return params
    try:
        params = {**compute(context), **given}
    except RefusalError:
        if given.keys() < set(_required(pattern)):
            raise
        params = given
    try:
        check_params(pattern, params)
    except ParamsError as error:
        raise RefusalError(
            f"modules.{context.entry.name}.params do not fit: {error}",
            f"see generators/patterns/{pattern.pattern_id}/params.schema.json",
        ) from error
    return params


def _required(pattern: Pattern) -> Iterable[str]:
    required = pattern.params_schema.get("required")
    return [str(name) for name in required] if isinstance(required, list) else []


def _pattern_of(file: PlannedFile, library: Library) -> Pattern:
    pattern = library.get(file.pattern.split("@")[0])
    if pattern is None:
        raise ParamsError(f"the plan names the pattern {file.pattern}, which is not in the library")
    return pattern


def _header(file: PlannedFile, module: str, package: str) -> dict[str, str]:
    return {
        "summary": file.purpose,
        "pointer": file.pointer,
        "pattern": file.pattern,
        "module": module,
        "package": package,
    }
