"""The report as one self-contained page: no network, and every text from a schema escaped."""

import base64
import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from generators.engine.evidence.blocks import Section
from generators.engine.evidence.claims import Claim
from generators.engine.evidence.head import Head
from generators.engine.evidence.matter import Matter
from generators.engine.evidence.page import cards_of, gate_matrix, graph_of, stage_times

TEMPLATE = "report.html.j2"
STYLE = "report.css"
SCRIPT = "report.js"


def render_html(
    matter: Matter,
    head: Head,
    sections: Sequence[Section],
    claims: Sequence[Claim],
    templates: Mapping[str, str],
) -> bytes:
    """Return the page.

    Its content security policy allows its own style and script by their digests and nothing else,
    so that a text that slipped through could still not run or load anything.

    Args:
        matter: the facts.
        head: what stands before the first section.
        sections: the ten sections.
        claims: all claims of the sections.
        templates: text of the templates, style and script by name.
    """
    environment = _environment(tuple(sorted(templates.items())))
    style, script = templates[STYLE], templates[SCRIPT]
    text = environment.get_template(TEMPLATE).render(
        head=head,
        sections=sections,
        claims=claims,
        graph=graph_of(matter),
        cards=cards_of(matter),
        matrix=gate_matrix(matter),
        matrix_units=[unit.unit_id for unit in matter.facts.units if unit.gate is not None],
        phases=matter.phases,
        times=stage_times(matter),
        style=Markup(style),  # noqa: S704 - our own file, from the pattern library
        script=Markup(script),  # noqa: S704 - our own file, from the pattern library
        style_digest=_source_digest(style),
        script_digest=_source_digest(script),
        marks={True: "yes", False: "no", None: "open"},
    )
    return text.encode()


@lru_cache(maxsize=2)
def _environment(templates: tuple[tuple[str, str], ...]) -> Environment:
    environment = Environment(
        loader=DictLoader(dict(templates)),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["rich"] = rich
    return environment


def rich(text: str) -> Markup:
    """Return a sentence with its names (between backquotes) as code."""
    parts = [escape(_visible(part)) for part in text.split("`")]
    pieces = (
        Markup("<code>{}</code>").format(part) if odd % 2 else part
        for odd, part in enumerate(parts)
    )
    return Markup("").join(pieces)


def _visible(value: object) -> object:
    """Replace control and bidirectional characters of a text; leave markup and others alone."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join(c if c.isprintable() and unicodedata.category(c) != "Cf" else " " for c in value)


def _source_digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
