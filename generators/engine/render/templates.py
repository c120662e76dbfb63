"""The template environment: strict, without logic of its own, printing only safe text."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from jinja2 import DictLoader, Environment, StrictUndefined, Template, TemplateError, Undefined

from generators.engine.render.safe_text import FILTERS, Code, UnsafeValueError


class RenderError(Exception):
    """A template could not be rendered: a fault of the pattern, with its name and line."""


def render_template(
    template: str, values: Mapping[str, object], shared: Mapping[str, str], *, name: str
) -> str:
    """Render one template.

    Args:
        template: its text.
        values: what it may read, normally `p` (parameters) and `h` (header facts).
        shared: texts that it may include, by name.
        name: for messages.

    Raises:
        RenderError: it reads something that is not there, or prints something unsafe.
    """
    try:
        return _compiled(template, tuple(sorted(shared.items()))).render(values)
    except (TemplateError, UnsafeValueError, ValueError) as error:
        line = getattr(error, "lineno", None) or _template_line(error)
        raise RenderError(f"{name}:{line}: {error}") from error


@lru_cache(maxsize=512)
def _compiled(template: str, shared: tuple[tuple[str, str], ...]) -> Template:
    return _environment(shared).from_string(template)


@lru_cache(maxsize=4)
def _environment(shared: tuple[tuple[str, str], ...]) -> Environment:
    environment = Environment(  # noqa: S701 - renders Python and Markdown; `finalize` is the guard
        loader=DictLoader(dict(shared)),
        undefined=StrictUndefined,
        finalize=_only_safe,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update({name: _strict(made) for name, made in FILTERS.items()})
    return environment


def _strict(made: Callable[..., Code]) -> Callable[..., Code]:
    """Let a filter complain about a missing value by its name, as a plain print would."""

    def checked(value: object, *options: int) -> Code:
        return made(str(value) if isinstance(value, Undefined) else value, *options)

    return checked


def _only_safe(value: object) -> object:
    if isinstance(value, Code | int) and not isinstance(value, bool):
        return value
    raise UnsafeValueError(
        f"printed {type(value).__name__} without a filter; use py, name, doc, comment, md or code"
    )


def _template_line(error: Exception) -> int:
    trace = error.__traceback__
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
