"""A view as a picture in a file: of the range that is looked at, in the colours of the window."""

from __future__ import annotations

from pathlib import Path

from ggmlviz.app.actions import CannotDo
from ggmlviz.app.session import Session
from ggmlviz.errors import GgmlVizError
from ggmlviz.export import png, svg
from ggmlviz.export.destination import file
from ggmlviz.export.formats import VIEWS, Choices
from ggmlviz.export.views import drawing_of

WRITERS = {".svg": svg.write_drawing, ".png": png.write_drawing}


def export_view(session: Session, text: str) -> None:
    """`text`: the name of the view and that of the file."""
    view, _, name = text.partition(" ")
    path = Path(name.strip()).expanduser()
    if view not in VIEWS or path.suffix not in WRITERS:
        raise CannotDo(
            f"say which view and which file, as in `export graph x.svg` (or .png); views: {', '.join(VIEWS)}"
        )
    opened, focus = session.opened, session.focus
    if opened is None:
        raise CannotDo("open a trace first")
    other = session.other
    choices = Choices(view=view, theme=session.theme.name)

    def work(_) -> None:
        drawing = drawing_of(opened, focus.seeing(focus.range), choices, other)
        with file(path, False, opened.path, path.suffix == ".png") as output:
            WRITERS[path.suffix](drawing, output)

    def failed(error: Exception) -> None:
        if not isinstance(error, GgmlVizError):
            raise error
        session.message = str(error)

    def done(_) -> None:
        session.message = f"Wrote {path}"

    session.jobs.start(f"Drawing {path.name}", work, done, failed)
