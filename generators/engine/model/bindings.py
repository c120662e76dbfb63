"""What `modules` of a schema says: values, bound functions, and who makes a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from generators.engine.model.fields import Fields
from generators.engine.names import Identifier, InvalidNameError, RepoPath, module_path
from generators.engine.sources.canonical import Plain, escape


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueSpec:
    """A value with its type, unit and bounds."""

    name: str
    kind: str
    description: str
    unit: str
    low: float | None
    high: float | None
    longest: int | None
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkedName:
    """A function or class of linked code: dotted module and name."""

    module: str
    name: str

    @property
    def path(self) -> str:
        """Return the repository path of the module."""
        return f"{self.module.replace('.', '/')}.py"


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """What a bound function must answer: a value, or the exception it must refuse with."""

    given: Mapping[str, Plain]
    returns: Plain
    raises: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BoundFunction:
    """A function of a generated module that calls linked code.

    `returns` is None as long as the schema does not declare the signature.
    """

    name: str
    target: LinkedName
    purpose: str
    arguments: tuple[ValueSpec, ...]
    returns: ValueSpec | None
    raises: Mapping[str, str]
    examples: tuple[Example, ...]
    pointer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleEntry:
    """One entry of `modules`: what makes the file `name`.

    Attributes:
        name: the file as the entry calls it.
        pattern: id of the pattern; empty for the one that answers the file's name.
        params: parameters that replace or complete the computed ones.
        functions: functions bound to linked code, in the order of `bind`; of an entry with
            `extract`, those that an extractor writes.
        extracted: dotted module of what an extractor writes; empty if it writes nothing.
        extend: subclass that is used in place of the generated class.
        pointer: pointer of the entry.
    """

    name: str
    pattern: str = ""
    params: Mapping[str, Plain] = field(default_factory=dict)
    functions: tuple[BoundFunction, ...] = ()
    extend: LinkedName | None = None
    pointer: str = ""
    extracted: str = ""

    @property
    def linked(self) -> tuple[LinkedName, ...]:
        """Return all linked code that the entry names."""
        bound = tuple(function.target for function in self.functions)
        return (*bound, self.extend) if self.extend else bound

    @property
    def extracted_path(self) -> str:
        """Return the repository path of what an extractor writes; empty if it writes nothing."""
        return f"{self.extracted.replace('.', '/')}.py" if self.extracted else ""


EXTRACTED = "_extracted"
"""What follows the stem of a file in the name of the module that an extractor writes for it."""

NO_ENTRY = ModuleEntry(name="")
"""What a file without an entry has."""


def read_entries(fields: Fields, files: tuple[RepoPath, ...]) -> dict[str, ModuleEntry]:
    """Return the entries of `modules` by the path of the file they are about.

    Args:
        fields: the section `modules`.
        files: the files of `generatefiles`.
    """
    entries: dict[str, ModuleEntry] = {}
    for name in fields.data:
        path = next((file for file in files if name in (file.name, file.stem, str(file))), None)
        if path is None:
            fields.complain(
                "MD017",
                fields.at(name),
                f"modules has an entry for {name!r}, which generatefiles does not list",
                "name a listed file, or add the file to cursorinstructions.generatefiles",
            )
            continue
        entry = _entry(name, fields.section(name), path)
        said = [key for key in ("pattern", "bind", "extract") if fields.section(name).data.get(key)]
        if len(said) > 1:
            fields.complain(
                "MD018",
                fields.at(name),
                (
                    f"{name} has both a pattern and functions bound to linked code"
                    if said == ["pattern", "bind"]
                    else f"{name} has {' and '.join(said)}: what makes it is not decided"
                ),
                f"keep {' or '.join(f'`{key}`' for key in said)}",
            )
        entries[str(path)] = entry
    return entries


def _entry(name: str, fields: Fields, path: RepoPath) -> ModuleEntry:
    bind = fields.section("bind")
    functions = []
    extracted = f"{module_path(path)}{EXTRACTED}" if fields.flag("extract", default=False) else ""
    for function in bind.data:
        target = _linked(bind, function)
        if target is not None:
            functions.append(_function(function, target, fields.section("functions", function)))
    declared = fields.section("functions")
    for function in declared.data:
        if extracted and function not in bind.data:
            target = LinkedName(module=extracted, name=function)
            functions.append(_function(function, target, declared.section(function)))
        elif function not in bind.data:
            declared.complain(
                "MD017",
                declared.at(function),
                f"{function} is declared and bound to nothing",
                f"add {function} to bind, or remove it",
            )
    if extracted and not functions:
        fields.complain(
            "MD017",
            fields.at("extract"),
            f"{name} is left to an extractor, and no function is declared",
            "declare what it must offer in `functions`, each with examples",
        )
    return ModuleEntry(
        name=name,
        pattern=fields.text("pattern"),
        params=fields.section("params").data,
        functions=tuple(functions),
        extend=_linked(fields, "extend") if "extend" in fields.data else None,
        pointer=fields.pointer,
        extracted=extracted,
    )


def _function(name: str, target: LinkedName, fields: Fields) -> BoundFunction:
    declared = "returns" in fields.data
    return BoundFunction(
        name=name,
        target=target,
        purpose=fields.text("purpose", f"Call {target.name} of {target.module}"),
        arguments=_values(fields.section("arguments")),
        returns=_value("result", fields.section("returns")) if declared else None,
        raises={k: " ".join(str(v).split()) for k, v in fields.section("raises").data.items()},
        examples=tuple(
            Example(
                given=example.section("given").data,
                returns=example.data.get("returns"),
                raises=example.text("raises"),
            )
            for example in fields.sections("examples")
        ),
        pointer=fields.pointer,
    )


def _linked(fields: Fields, key: str) -> LinkedName | None:
    text = fields.text(key)
    module, _, name = text.partition(":")
    try:
        dotted = ".".join(Identifier(part) for part in module.split("."))
        return LinkedName(module=dotted, name=str(Identifier(name)))
    except InvalidNameError as error:
        fields.complain(
            "MD003", fields.at(key), str(error), "write `package.module:name` of linked code"
        )
        return None


def _values(fields: Fields) -> tuple[ValueSpec, ...]:
    found = []
    for name in fields.data:
        try:
            found.append(_value(Identifier(name), fields.section(name)))
        except InvalidNameError as error:
            pointer = f"{fields.pointer}/{escape(name)}"
            fields.complain("MD007", pointer, str(error), "use a Python identifier")
    return tuple(found)


def _value(name: str, fields: Fields) -> ValueSpec:
    return ValueSpec(
        name=name,
        kind=fields.text("type"),
        description=fields.text("description"),
        unit=fields.text("unit"),
        low=fields.number("low"),
        high=fields.number("high"),
        longest=fields.integer("longest"),
        choices=fields.texts("choices"),
    )
