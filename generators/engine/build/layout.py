"""Where everything is: the output tree of a collection, as paths."""

from dataclasses import dataclass

from generators.engine.shell.environment import BuildSettings

CHECKS = ("lint", "gate", "typecheck", "test")
"""The checks that each write a record about a unit."""

_LOCAL_NAMES = {"links": "_links", "system": "_system"}


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectionFolder:
    """The output folder of one collection."""

    root: str

    @property
    def stage(self) -> str:
        """Return the folder of intermediate results."""
        return f"{self.root}/.stage"

    @property
    def repo(self) -> str:
        """Return the parent of the assembled repository's namespace."""
        return f"{self.root}/repo"

    def staged(self, name: str) -> str:
        """Return the path of a collection-level intermediate file."""
        return f"{self.stage}/{name}"

    def unit(self, unit_id: str) -> "UnitFolder":
        """Return the stage folder of a unit."""
        return UnitFolder(root=f"{self.stage}/{unit_id}")

    def member(self, name: str) -> str:
        """Return the path of a file or folder at the top of the output tree."""
        return f"{self.root}/{name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitFolder:
    """The stage folder of one unit."""

    root: str

    @property
    def schema(self) -> str:
        """Return the path of the normalised schema."""
        return f"{self.root}/schema.json"

    @property
    def schema_before(self) -> str:
        """Return the path of the normalised schema before it last changed."""
        return f"{self.root}/schema.before.json"

    @property
    def relations(self) -> str:
        """Return the path of the agent's dependencies by id."""
        return f"{self.root}/relations.json"

    @property
    def interface(self) -> str:
        """Return the path of what the agent offers to others."""
        return f"{self.root}/interface.json"

    @property
    def glue(self) -> str:
        """Return the path of the unit's share of the glue."""
        return f"{self.root}/glue.json"

    @property
    def plan(self) -> str:
        """Return the path of the unit's plan."""
        return f"{self.root}/plan.json"

    @property
    def raw(self) -> str:
        """Return the folder of rendered files."""
        return f"{self.root}/raw"

    @property
    def raw_index(self) -> str:
        """Return the path of the digests of the rendered files."""
        return f"{self.root}/raw.json"

    @property
    def formatted(self) -> str:
        """Return the folder of formatted files."""
        return f"{self.root}/formatted"

    @property
    def formatted_index(self) -> str:
        """Return the path of the digests and line counts of the formatted files."""
        return f"{self.root}/formatted.json"

    @property
    def verdict(self) -> str:
        """Return the path of the verdict."""
        return f"{self.root}/verdict.json"

    @property
    def installed(self) -> str:
        """Return the path of the digests of what was installed last."""
        return f"{self.root}/installed.json"

    @property
    def manifested(self) -> str:
        """Return the path of the note whether a manifest was written."""
        return f"{self.root}/manifested.json"

    def record(self, check: str) -> str:
        """Return the path of the record of a check."""
        return f"{self.root}/records/{check}.json"


def collection_folder(settings: BuildSettings, collection: str) -> CollectionFolder:
    """Return the output folder of `collection`."""
    return CollectionFolder(root=f"{settings.out}/{collection}")


def lock_path(settings: BuildSettings, collection: str) -> str:
    """Return where the committed lock of a collection stands."""
    return f"{settings.inputs}/{collection}.lock"


def local_name(unit_id: str, kind: str) -> str:
    """Return the folder name of a unit below `code/`, `docs/` and so on.

    Agent ids begin with a letter, so that the names of the shared units cannot collide with them.
    """
    return _LOCAL_NAMES.get(kind, unit_id)


def canonical_path(path: str, *, role: str, rootpath: str, folder: str) -> str | None:
    """Return where a file of the repository stands in the canonical tree.

    Args:
        path: its repository path.
        role: its role in the plan.
        rootpath: the repository folder of the unit's code; empty for shared units.
        folder: the unit's folder name, see `local_name`.

    Returns:
        A path below the collection's folder; None for files that are in the repository only.
    """
    top = {
        "module": "code",
        "facade": "code",
        "config": "code",
        "doc": "docs",
        "test": "tests",
        "integration": "tests",
    }
    if role == "log":
        return f"logs/{folder}/{path.rsplit('/', 1)[-1]}"
    if role not in top:
        return None
    if rootpath and path.startswith(f"{rootpath}/"):
        inner = path[len(rootpath) + 1 :]
    elif rootpath:
        inner = path.rsplit("/", 1)[-1]
    else:
        inner = path
    return f"{top[role]}/{folder}/{inner}"


def manifest_path(unit_id: str) -> str:
    """Return where the manifest of an agent stands, below the collection's folder.

    The client's guide writes `mainagent_manifest.json`, and its names win.
    """
    name = {"main_agent": "mainagent"}.get(unit_id, unit_id)
    return f"manifests/{name}_manifest.json"


def installed_paths(
    path: str, *, role: str, rootpath: str, unit_id: str, kind: str
) -> tuple[str, ...]:
    """Return all places of a planned file, below the collection's folder: canonical, repository."""
    folder = local_name(unit_id, kind)
    canonical = canonical_path(path, role=role, rootpath=rootpath, folder=folder)
    return (*((canonical,) if canonical else ()), f"repo/{path}")
