"""Steps that read: findings, normalised schemas, resolved meta templates."""

from collections.abc import Mapping

from generators.engine.build.compiled import compiled, current_meta, unnamed_files
from generators.engine.build.failure import SaidNoError
from generators.engine.build.finding_pages import load_codes
from generators.engine.build.layout import collection_folder
from generators.engine.build.sarif import sarif_log
from generators.engine.build.stage_files import CollectionFacts, CollectionTitle, write_json
from generators.engine.findings import (
    Finding,
    Place,
    findings_json,
    has_errors,
    render_findings,
)
from generators.engine.meta.resolve import GLUE, meta_json
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import read_optional, write_if_changed


def run_findings(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Read a collection; write its findings, and what it says as a whole."""
    del subject
    found = compiled(settings, collection)
    folder = collection_folder(settings, collection)
    findings = (*found.meta.findings, *found.findings)
    write_json(folder.staged("findings.json"), findings_json(findings))
    write_json(folder.staged("findings.sarif"), sarif_log(findings, load_codes()))
    write_json(
        folder.staged("title.json"),
        CollectionTitle(
            title=found.model.collection.title,
            version=found.model.collection.version,
            namespace=found.namespace,
        ),
    )
    write_json(
        folder.staged("collection.json"),
        CollectionFacts(
            title=found.model.collection.title,
            version=found.model.collection.version,
            namespace=found.namespace,
            agents=tuple(str(agent.agent_id) for agent in found.model.collection.agents),
            blocked=found.model.blocked,
            deferred=found.deferred,
        ),
    )
    return {"agents": len(found.model.agents), "findings": len(findings)}


def run_validate(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Show all findings.

    Raises:
        SaidNoError: one of them is an error.
    """
    del subject
    found = compiled(settings, collection)
    findings = (*found.meta.findings, *found.findings)
    text = render_findings(findings, found.texts)
    if has_errors(findings):
        raise SaidNoError(text)
    return {"notes": text}


def refuse_names(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Say which input files cannot name a collection.

    Raises:
        SaidNoError: always.
    """
    del collection, subject
    findings = [
        Finding(
            code="SR016",
            place=Place(file=path),
            message=f"the file cannot name a collection: {reason}",
            repair="rename it: letters, digits and `_`, beginning with a letter, then `_vX.Y`",
        )
        for path, reason in unnamed_files(settings).items()
    ]
    raise SaidNoError(render_findings(findings, {}))


def run_normalise(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Write the canonical form of one agent, and its dependencies by id.

    The form that it had before stays beside it: `doit why` compares the two.
    """
    agent = compiled(settings, collection).model.agents[subject]
    unit = collection_folder(settings, collection).unit(subject)
    before = read_optional(unit.schema)
    if before is not None and before != agent.normalised:
        write_if_changed(unit.schema_before, before)
    write_if_changed(unit.schema, agent.normalised)
    write_json(unit.relations, agent.agent.depends_on)
    return {}


def run_meta(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Write one resolved meta template."""
    meta = current_meta(settings, collection)
    data = meta.glue if subject == GLUE else meta.templates[subject]
    target = collection_folder(settings, collection).staged(f"meta/{subject}.json")
    write_if_changed(target, meta_json(data))
    return {}
