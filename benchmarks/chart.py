"""A bar chart in SVG, by hand: horizontal bars, in groups, that can be read on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.sax.saxutils import escape

# Of about the same distance to white and to the darkest pages in use: an image does not know what it lies on.
_INK, _OURS, _OTHERS = "#757b83", "#d97706", "#4b8bbe"
_WIDTH = 860
_LABELS, _FIGURES = 400, 60
_BAR, _STEP = 14, 20
_TOP, _GROUP_GAP = 34, 26
_FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"


def bar_chart(title: str, bars: Sequence[tuple[str, str, float]]) -> str:
    """The chart's SVG.

    Args:
        title: What is drawn.
        bars: Each bar's group, label and figure. Labels in **bold** are drawn in a colour of their own; groups are
            named above their bars, an empty name is none.
    """
    largest = max((figure for _, _, figure in bars), default=0.0) or 1.0
    room = _WIDTH - _LABELS - _FIGURES
    pieces, y = [_text(0, 16, title, weight="600", size=14)], _TOP
    for group, members in groupby(bars, key=lambda bar: bar[0]):
        if group:
            pieces.append(_text(0, y + 12, group, weight="600"))
            y += _GROUP_GAP
        for _, label, figure in members:
            colour = _OURS if "**" in label else _OTHERS
            width = max(1.0, figure / largest * room)
            pieces += [
                _text(_LABELS - 8, y + 11, label.replace("*", "").replace("`", ""), anchor="end"),
                f'<rect x="{_LABELS}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2" fill="{colour}"/>',
                _text(_LABELS + width + 6, y + 11, f"{figure:g}"),
            ]
            y += _STEP
        y += 6
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" width="{_WIDTH}" height="{y}" '
        f'role="img" font-family="{_FONT}" font-size="12" fill="{_INK}">'
    )
    return "\n".join([head, f"<title>{escape(title)}</title>", *pieces, "</svg>\n"])


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "400", size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}">'
        f"{escape(text)}</text>"
    )
