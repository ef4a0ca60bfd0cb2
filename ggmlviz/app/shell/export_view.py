"""A view as a picture in a file: what its panel shows, in the colours of the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ggmlviz.app.actions import CannotDo
from ggmlviz.app.panel import Panel, Sight
from ggmlviz.app.session import Session
from ggmlviz.errors import GgmlVizError
from ggmlviz.export import png, svg
from ggmlviz.export.destination import file
from ggmlviz.export.formats import VIEWS
from ggmlviz.export.views import drawing_of

WRITERS = {".svg": svg.write_drawing, ".png": png.write_drawing}
LONGER_SIDE, SHORTEST_SIDE = 1600, 200  # pixels
NAMED_OTHERWISE = {"heatmap": "memory"}  # the panel of a view


def export_view(session: Session, panels: Sequence[Panel], text: str) -> None:
    """`text`: the name of the view and that of the file."""
    view, _, name = text.partition(" ")
    path = Path(name.strip()).expanduser()
    if view not in VIEWS or path.suffix not in WRITERS:
        raise CannotDo(
            f"say which view and which file, as in `export graph x.svg` (or .png); views: {', '.join(VIEWS)}"
        )
    opened, focus, theme = session.opened, session.focus, session.theme
    if opened is None:
        raise CannotDo("open a trace first")
    sight = next(panel for panel in panels if panel.name == NAMED_OTHERWISE.get(view, view)).sight

    def work(_) -> None:
        drawing = drawing_of(view, opened, focus, sight.options, theme, _size(view, sight))
        with file(path, False, opened.path, path.suffix == ".png") as output:
            WRITERS[path.suffix](drawing, output)

    def failed(error: Exception) -> None:
        if not isinstance(error, GgmlVizError):
            raise error
        session.message = str(error)

    def done(_) -> None:
        session.message = f"Wrote {path}"

    session.jobs.start(f"Drawing {path.name}", work, done, failed)


def _size(view: str, sight: Sight) -> tuple[int, int] | None:
    """In the shape of the panel, larger, so that more can be written in it. None: as the view is drawn by itself."""
    longer = max(sight.size)
    if view == "inspector" or min(sight.size) < 1:  # the inspector is as high as what is told
        return None
    width, height = (max(SHORTEST_SIDE, round(side * LONGER_SIDE / longer)) for side in sight.size)
    return width, height
