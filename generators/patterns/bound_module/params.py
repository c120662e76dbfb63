"""Parameters of a module over linked code: signatures, guards, examples, and what tests expect."""

from collections.abc import Mapping
from typing import Final

from generators.engine.model.bindings import BoundFunction, Example, ValueSpec
from generators.engine.names import camel_case
from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.python_types import described, python_type
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups
from generators.patterns.samples import wrong_value

_FIELD_LIMITS: Final = (("low", "ge"), ("high", "le"))
_LEAST_EXAMPLES: Final = 1


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the functions with their signatures, and what the tests hold them to.

    Raises:
        RefusalError: a function has no declared signature, or no example, or an example does not
            fit the signature.
    """
    entry = context.entry
    if not entry.functions:
        raise RefusalError(
            f"{context.path} is bound to nothing",
            f"write modules.{context.stem}.py.bind: {{<function>: <package.module>:<callable>}}",
        )
    answering = {
        use.endpoint.name: use.endpoint
        for use in context.operations
        if use.sibling.module == context.module
    }
    functions = [
        _function(
            each, f"modules.{entry.name}.functions.{each.name}", served=each.name in answering
        )
        for each in entry.functions
    ]
    served = [each for each in functions if each["served"]]
    names = [str(each["name"]) for each in functions]
    shapes = [f"{each['camel']}{end}" for each in served for end in ("Request", "Response")]
    return {
        "class_name": context.class_name,
        "functions": [*functions],
        "served": [*served],
        "has_served": bool(served),
        "module_name": context.stem,
        "exports": sorted([*names, *shapes, *([context.class_name] if served else [])]),
        "imports": import_groups(context.namespace, _imports(functions)),
        "test_imports": import_groups(context.namespace, _test_imports(context, functions)),
    }


def _imports(functions: list[dict[str, Plain]]) -> list[tuple[str, list[str]]]:
    served = any(each["served"] for each in functions)
    records = any("Mapping" in str(each["types"]) for each in functions)
    refuses = any(each["served"] and each["errors"] for each in functions)
    guards = any(each["has_arguments"] for each in functions)
    names = [
        "Bound",
        "checked_result",
        *(["check_values"] if guards else []),
        *(["refusing"] if refuses else []),
    ]
    return [
        ("collections.abc", ["Mapping"] if records else []),
        ("typing", ["Final"]),
        ("agent_runtime.bounds", names),
        ("agent_runtime.shapes.base", ["Call", "Shape"] if served else []),
        ("pydantic", ["Field"] if served else []),
    ]


def _test_imports(
    context: PatternContext, functions: list[dict[str, Plain]]
) -> list[tuple[str, list[str]]]:
    served = [each for each in functions if each["served"]]
    own = [str(each["name"]) for each in functions]
    own += [f"{each['camel']}{end}" for each in served for end in ("Request", "Response")]
    own += [context.class_name] if served else []
    return [
        ("agent_runtime.errors", ["InputBoundsError", "OutputBoundsError"]),
        ("agent_runtime.shapes.base", ["Call"] if served else []),
        ("agent_runtime.testing", ["TRACE"] if served else []),
        ("pydantic", ["ValidationError"] if served else []),
        (context.module.rpartition(".")[0], [context.stem]),
        (context.module, own),
    ]


def _function(function: BoundFunction, where: str, *, served: bool) -> dict[str, Plain]:
    if function.returns is None:
        raise RefusalError(
            f"{where} declares no signature for {function.target.module}:{function.target.name}",
            f"write {where}: {{arguments: {{<name>: {{type: <type>}}}}, returns: {{type: <type>}},"
            " examples: [{given: {<name>: <value>}, returns: <value>}]}",
        )
    answers = [_example(each, function, where) for each in function.examples]
    if sum(not each["raises"] for each in answers) < _LEAST_EXAMPLES:
        raise RefusalError(
            f"{where} has no example of what it returns, so that nothing could be tested",
            f"write {where}.examples: [{{given: {{<argument>: <value>}}, returns: <value>}}]",
        )
    wrong = _wrong(function)
    returns = _value(function.returns)
    types = [f"{a.name}: {python_type(a)}" for a in function.arguments]
    return {
        "name": function.name,
        "camel": camel_case(function.name),
        "constant": function.name.upper(),
        "linked": f"linked_{function.name}",
        "module": function.target.module,
        "callable": function.target.name,
        "purpose": function.purpose,
        "arguments": [_value(each) for each in function.arguments],
        "has_arguments": bool(function.arguments),
        "returns": returns,
        "types": f"({', '.join(types)}) -> {returns['annotation']}".replace(
            "Mapping[", "collections.abc.Mapping["
        ),
        "errors": sorted(function.raises),
        "raises": [{"error": k, "when": v} for k, v in sorted(function.raises.items())],
        "served": served,
        "answers": [each for each in answers if not each["raises"]],
        "first": next(each for each in answers if not each["raises"]),
        "refusals": [each for each in answers if each["raises"]],
        "has_refusals": any(each["raises"] for each in answers),
        "wrong": [*wrong],
        "has_wrong": bool(wrong),
        "wrong_result": wrong_value(function.returns),
        "result_name": function.returns.name,
        "close": function.returns.kind in ("number", "numbers"),
    }


def _value(value: ValueSpec) -> dict[str, Plain]:
    bounds: list[Plain] = [{"name": "kind", "value": value.kind}]
    limits: list[Plain] = []
    if value.unit:
        bounds.append({"name": "unit", "value": value.unit})
    for name, keyword in _FIELD_LIMITS:
        limit = getattr(value, name)
        if limit is not None:
            number = int(limit) if float(limit).is_integer() else limit
            bounds.append({"name": name, "value": number})
            if value.kind in ("number", "integer"):
                limits.append({"name": keyword, "value": number})
    if value.longest is not None:
        bounds.append({"name": "longest", "value": value.longest})
        limits.append({"name": "max_length", "value": value.longest})
    if value.choices:
        bounds.append({"name": "choices", "value": [*value.choices]})
    return {
        "name": value.name,
        "annotation": python_type(value),
        "described": described(value),
        "bounds": bounds,
        "limits": limits,
    }


def _example(example: Example, function: BoundFunction, where: str) -> dict[str, Plain]:
    known = [each.name for each in function.arguments]
    if sorted(example.given) != sorted(known):
        raise RefusalError(
            f"{where}: an example gives {', '.join(example.given) or 'nothing'}, the arguments are "
            f"{', '.join(known) or 'none'}",
            "give a value for each argument and for nothing else",
        )
    if example.raises and example.raises not in function.raises:
        raise RefusalError(
            f"{where}: an example raises {example.raises}, which is not declared",
            f"write {where}.raises.{example.raises}: <when>",
        )
    return {
        "given": [{"name": name, "value": example.given[name]} for name in known],
        "returns": example.returns,
        "raises": example.raises,
    }


def _wrong(function: BoundFunction) -> list[dict[str, Plain]]:
    """Return, for each argument, a call in which that argument alone is outside its bounds."""
    first = next(each for each in function.examples if not each.raises)
    found: list[dict[str, Plain]] = []
    for argument in function.arguments:
        given = {**first.given, argument.name: wrong_value(argument)}
        cells = [{"name": each.name, "value": given[each.name]} for each in function.arguments]
        found.append({"argument": argument.name, "given": [*cells]})
    return found
