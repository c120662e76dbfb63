"""Match what a schema asks for with patterns: files, documents, links and endpoints."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from generators.engine.model.agent import Agent, Endpoint, FileRequest
from generators.engine.names import RepoPath, camel_case, module_path, normal_stem
from generators.engine.patterns.context import GeneratedShape, OperationUse, Shape, Sibling, Target
from generators.engine.patterns.library import Library
from generators.engine.patterns.pattern import Operation, Pattern
from generators.engine.plan.bound import bound_pattern
from generators.engine.sources.canonical import Plain


@dataclass(frozen=True, kw_only=True, slots=True)
class Matches:
    """What an agent's files and endpoints were matched with.

    Attributes:
        siblings: generated modules by role.
        by_path: the pattern of each module and document by path.
        unmatched: pointers of files and documents that no pattern answers, with their path.
        operations: endpoints with who answers them.
        unanswered: endpoints that nobody answers.
        lacking: (path, role) of patterns whose needs the agent does not fulfil.
    """

    siblings: Mapping[str, Sibling]
    by_path: Mapping[str, Pattern]
    unmatched: tuple[tuple[str, RepoPath, str], ...]
    operations: tuple[OperationUse, ...]
    unanswered: tuple[Endpoint, ...]
    lacking: tuple[tuple[str, str, str], ...]


def match_agent(
    agent: Agent, library: Library, targets: Mapping[str, Target] | None = None
) -> Matches:
    """Find the pattern of each file, document and endpoint of `agent`.

    Args:
        agent: the agent.
        library: the patterns.
        targets: whom its client modules speak to, by stem.
    """
    targets = targets or {}
    siblings: dict[str, Sibling] = {}
    by_path: dict[str, Pattern] = {}
    unmatched: list[tuple[str, RepoPath, str]] = []
    for file in agent.instructions.generate_files:
        pattern = module_pattern(agent, file, library, targets.get(file.stem))
        if pattern is None:
            unmatched.append((file.pointer, file.path, "module"))
            continue
        by_path[file.path] = pattern
        target = targets.get(file.stem) if pattern.targeted else None
        siblings.setdefault(pattern.role, sibling_of(agent, file.path, pattern, target))
    for document in agent.instructions.generate_docs:
        pattern = library.find(document.path.stem, "doc")
        if pattern is None:
            unmatched.append((document.pointer, document.path, "doc"))
        else:
            by_path[document.path] = pattern
    operations, unanswered = _operations(agent.endpoints, siblings.values())
    lacking = [
        (file.pointer, file.path, role)
        for file in agent.instructions.generate_files
        if file.path in by_path
        for role in by_path[file.path].needs
        if role not in siblings
    ]
    return Matches(
        siblings=siblings,
        by_path=by_path,
        unmatched=tuple(unmatched),
        operations=operations,
        unanswered=unanswered,
        lacking=tuple(lacking),
    )


def sibling_of(
    agent: Agent, path: RepoPath, pattern: Pattern, target: Target | None = None
) -> Sibling:
    """Return `path` as other modules of the agent see it."""
    return Sibling(
        role=pattern.role,
        stem=path.stem,
        module=module_path(path),
        class_name=pattern.class_name.replace("{Agent}", camel_case(agent.name)),
        pattern=pattern,
        extension=agent.entry(path).extend,
        target=target,
    )


def module_pattern(
    agent: Agent, file: FileRequest, library: Library, target: Target | None = None
) -> Pattern | None:
    """Return what makes a file: what the schema's `modules` says, else who answers its name."""
    entry = agent.entry(file.path)
    if entry.functions:
        return bound_pattern(agent, file, entry, library)
    if entry.pattern:
        named = library.get(entry.pattern)
        return named if named is not None and named.kind == "module" else None
    found = _stand_in(agent, file, library) or library.find(
        file.stem, "module", targeted=target is not None, schema=agent.data
    )
    return found if found is None or target is None else _aimed(found, target)


def _aimed(pattern: Pattern, target: Target) -> Pattern:
    """Return a client's pattern with the names of whom it speaks to filled in."""
    if not pattern.targeted:
        return pattern
    wiring = pattern.wiring
    if wiring is not None:
        attribute = wiring.attribute.replace("{target}", target.name)
        wiring = replace(wiring, attribute=attribute)
    return replace(
        pattern,
        role=pattern.role.replace("{target}", target.name),
        class_name=pattern.class_name.replace("{Target}", target.label),
        wiring=wiring,
    )


def _stand_in(agent: Agent, file: FileRequest, library: Library) -> Pattern | None:
    """Return the pattern for whose missing file this one stands, None if nothing is missing."""
    stem = normal_stem(file.stem)
    others = [other.stem for other in agent.instructions.generate_files]
    for pattern in library.patterns:
        if stem in {normal_stem(known) for known in pattern.stands_in}:
            there = any(pattern.answers(other) for other in others)
            return None if there else pattern
    return None


def _operations(
    endpoints: Iterable[Endpoint], siblings: Iterable[Sibling]
) -> tuple[tuple[OperationUse, ...], tuple[Endpoint, ...]]:
    offers = [
        (sibling, operation) for sibling in siblings for operation in sibling.pattern.operations
    ]
    uses: list[OperationUse] = []
    unanswered: list[Endpoint] = []
    for endpoint in endpoints:
        ranked = [(_fit(op, endpoint), op.priority, sibling, op) for sibling, op in offers]
        ranked = [entry for entry in ranked if entry[0]]
        if not ranked:
            unanswered.append(endpoint)
            continue
        _, _, sibling, operation = max(ranked, key=lambda entry: entry[:2])
        uses.append(
            OperationUse(
                endpoint=endpoint,
                sibling=sibling,
                method=operation.method,
                request=shape_of(operation.request, operation.request_schema),
                response=shape_of(operation.response, operation.response_schema),
                decides=operation.decides,
                announces=operation.announces,
                standing=operation.standing,
                timed=operation.timed,
                channel=operation.channel,
            )
        )
    return tuple(uses), tuple(unanswered)


def _fit(operation: Operation, endpoint: Endpoint) -> int:
    name = normal_stem(endpoint.name)
    for known in operation.endpoints:
        wanted = normal_stem(known.strip("*"))
        ends = known.startswith("*") and name.endswith(wanted)
        if name == wanted or ends or (known.endswith("*") and name.startswith(wanted)):
            return 2
    segment = normal_stem(endpoint.path.rstrip("/").rsplit("/", 1)[-1])
    return int(segment in {normal_stem(known) for known in operation.segments})


def shape_of(reference: str, schema: Mapping[str, Plain] | None = None) -> Shape:
    """Return the shape that a pattern names as `module:Class`."""
    module, _, name = reference.partition(":")
    if schema is None:
        return Shape(module=module, name=name)
    return GeneratedShape(module=module, name=name, schema=schema)
