"""The figures of a scenario as one SVG picture: a dot a market, and means with their intervals."""

from collections.abc import Sequence
from typing import Final

from agent_runtime.scenario.claims import Figure, over
from agent_runtime.scenario.trial import TrialResult

WIDTH: Final = 720
HEIGHT: Final = 360
_LEFT, _TOP, _BOTTOM = 60.0, 50.0, 300.0
_COLUMNS: Final[tuple[tuple[str, Figure], ...]] = (
    ("before", lambda each: each.untaught),
    ("popularity", lambda each: each.popularity),
    ("taught", lambda each: each.taught),
    ("outcomes", lambda each: each.learnt),
)
_KINDS: Final = ((True, "with structure", "#1f5fa8"), (False, "control: no structure", "#8a8a8a"))
_STEP: Final = 75.0


def picture_of(results: Sequence[TrialResult]) -> str:
    """Return the picture: share of right answers by way of answering, on either kind of market."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
        "<style>text { font: 12px sans-serif }</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="20">Held-out questions answered rightly</text>',
        *_axis(),
    ]
    for place, (structured, words, colour) in enumerate(_KINDS):
        left = _LEFT + 30 + place * (len(_COLUMNS) * _STEP + 20)
        parts.append(f'<text x="{left:.0f}" y="40" fill="{colour}">{words}</text>')
        for at, (name, figure) in enumerate(_COLUMNS):
            x = left + at * _STEP + 15
            found = over(results, figure, structured=structured)
            dots = [figure(each) for each in results if each.structured is structured]
            parts += _column(x, dots, (found.mean, found.low, found.high), colour)
            parts.append(f'<text x="{x:.0f}" y="320" text-anchor="middle">{name}</text>')
    legend = "Dots: markets. Bars: mean and 95 % interval by Student's t."
    parts.append(f'<text x="{_LEFT}" y="345" fill="#555">{legend}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _axis() -> list[str]:
    lines = []
    for tenth in range(0, 11, 2):
        y = _height(tenth / 10)
        lines.append(
            f'<line x1="{_LEFT}" x2="{WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
        )
        lines.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tenth / 10}</text>')
    return lines


def _column(
    x: float, dots: Sequence[float], interval: tuple[float, float, float], colour: str
) -> list[str]:
    mean, low, high = (_height(value) for value in interval)
    fill = f'fill="{colour}"'
    return [
        *(_dot(x - 12, _height(value), colour) for value in dots),
        f'<rect x="{x - 1:.1f}" y="{high:.1f}" width="2" height="{low - high:.1f}" {fill}/>',
        f'<rect x="{x - 6:.1f}" y="{mean - 2:.1f}" width="12" height="4" {fill}/>',
    ]


def _dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}" fill-opacity="0.5"/>'


def _height(share: float) -> float:
    """Return where a share lies, from 0 at the bottom to 1; what is beyond is drawn at the edge."""
    return _BOTTOM - min(1.0, max(0.0, share)) * (_BOTTOM - _TOP)
