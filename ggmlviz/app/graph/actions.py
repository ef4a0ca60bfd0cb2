"""What a person can do with the graph, by name."""

from __future__ import annotations

from collections.abc import Callable

from ggmlviz.app.actions import Action, CannotDo
from ggmlviz.app.graph.view import GraphView
from ggmlviz.scene.graph.colours import COLOURINGS

STEP = 80.0  # pixels that an arrow key moves
ZOOM = 1.3
MOST_HOPS = 20


def graph_actions(view: GraphView, focus_search: Callable[[], None], search: Callable[[str], None]) -> list[Action]:
    def act(name: str, title: str, do: Callable[[str], object], keys: tuple[str, ...] = (), takes: str = "") -> Action:
        return Action(f"graph {name}", title, do, keys, "Graph", takes, here="graph" if keys else "")

    def here(do: Callable[[], object]) -> Callable[[str], object]:
        return lambda _: (_ready(view), do())

    def zoomed(factor: float) -> None:
        view.eye.camera = view.eye.camera.zoomed(factor, view.eye.size[0] / 2, view.eye.size[1] / 2)

    def panned(x: float, y: float) -> None:
        view.eye.camera = view.eye.camera.panned(x, y)

    return [
        act("fit", "Fit the graph", here(view.fit), ("F", "Home")),
        act("zoom-in", "Zoom in", here(lambda: zoomed(ZOOM)), ("W", "+")),
        act("zoom-out", "Zoom out", here(lambda: zoomed(1 / ZOOM)), ("S", "-")),
        act("left", "Move left", here(lambda: panned(STEP, 0)), ("A", "Left")),
        act("right", "Move right", here(lambda: panned(-STEP, 0)), ("D", "Right")),
        act("up", "Move up", here(lambda: panned(0, STEP)), ("Up",)),
        act("down", "Move down", here(lambda: panned(0, -STEP)), ("Down",)),
        act("toggle", "Open or close the group", here(lambda: _toggle(view)), ("Enter",)),
        act("open", "Open a group", lambda title: _toggle_named(view, title, True), takes="TITLE"),
        act("close", "Close a group", lambda title: _toggle_named(view, title, False), takes="TITLE"),
        act("open-all", "Open all groups", here(lambda: _open_all(view)), ("Shift+O",)),
        act("close-all", "Close all groups", here(lambda: _close_all(view)), ("Shift+C",)),
        act("find", "Find in the graph", lambda text: search(text) if text else focus_search(), ("/",), "TEXT"),
        act("next-found", "Next found node", here(lambda: view.step_found(1)), (".",)),
        act("previous-found", "Previous found node", here(lambda: view.step_found(-1)), (",",)),
        act("neighbours", "Only the neighbours of the node", lambda hops: _neighbours(view, hops), ("N",), "HOPS"),
        act("path-from", "Begin a path at the node", here(lambda: _path_from(view)), ("B",)),
        act("path-to", "Only the path to the node", here(lambda: _path_to(view)), ("P",)),
        act("whole", "The whole graph", here(lambda: _escape(view, search)), ("Escape",)),
        act("colour", "Colour the graph", lambda by: _colour(view, by), takes="|".join(COLOURINGS)),
        act("times", "Times of the graph", lambda of: _times(view, of), takes="range|run"),
        act("select", "Select a node by its name", lambda name: _select(view, name), takes="NAME"),
    ]


def _ready(view: GraphView) -> None:
    if view.subject is None:
        raise CannotDo("there is no graph yet")


def _toggle(view: GraphView) -> None:
    if view.group is not None:
        view.choice.toggle(view.group)
        return
    around = view.subject.groups.around(view.selected_member())
    if not around:
        raise CannotDo("this node is in no group")
    view.choice.toggle(around[-1])


def _toggle_named(view: GraphView, title: str, opening: bool) -> None:
    _ready(view)
    groups = view.subject.groups
    found = next((group for group in groups.groups[1:] if group.title == title), None)
    if found is None:
        raise CannotDo(f"the graph has no group `{title}`")
    if opening:
        around = set(groups.around(found.first))
        outer = {number for number in around if number < found.number}
        inner = {found.number} if found.kind == "repeat" else set(groups.below(found.number))
        view.choice.open(outer | inner, found.number)
    else:
        view.choice.close(set(groups.below(found.number)), found.number)


def _open_all(view: GraphView) -> None:
    view.choice.open(set(range(1, len(view.subject.groups.groups))))


def _close_all(view: GraphView) -> None:
    view.choice.close(set(view.choice.wanted.opened))
    view.start_over()


def _neighbours(view: GraphView, hops: str) -> None:
    _ready(view)
    if hops and not (hops.isdecimal() and 1 <= int(hops) <= MOST_HOPS):
        raise CannotDo(f"how many steps away? A number from 1 to {MOST_HOPS}")
    member, count = view.selected_member(), int(hops or 2)
    near = view.subject.ways.near(member, count)
    name = view.subject.names[member] or view.subject.kinds[member]
    view.isolate(near, f"{name} and {len(near) - 1} neighbours, up to {count} {'step' if count == 1 else 'steps'} away")


def _path_from(view: GraphView) -> None:
    view.path_from = view.selected_member()
    view.session.message = "Now select where the path ends, and ask for the path to it (P)"


def _path_to(view: GraphView) -> None:
    if view.path_from is None:
        raise CannotDo("begin a path at another node first (B)")
    begin, end = view.path_from, view.selected_member()
    subject = view.subject
    path = subject.ways.shortest(begin, end)
    names = [subject.names[member] or subject.kinds[member] for member in (begin, end)]
    if not path:
        raise CannotDo(f"no data flows between {names[0]} and {names[1]}")
    between = len(subject.ways.all_between(path[0], path[-1]))
    view.isolate(set(path), f"the shortest way, {len(path)} of the {between:,} nodes between {names[0]} and {names[1]}")


def _escape(view: GraphView, search: Callable[[str], None]) -> None:
    """One thing at a time, the last first."""
    if view.layouts.share is not None:
        view.layouts.cancel()
    elif view.choice.wanted.only is not None:
        view.whole()
    else:
        search("")
        view.group = None


def _colour(view: GraphView, by: str) -> None:
    if by not in COLOURINGS:
        raise CannotDo(f"the graph is coloured by one of: {', '.join(COLOURINGS)}")
    view.colouring = by


def _times(view: GraphView, of: str) -> None:
    if of not in ("range", "run"):
        raise CannotDo("the times are the means of the `range`, or those of the selected `run`")
    view.answers.times_of_run = of == "run"


def _select(view: GraphView, name: str) -> None:
    _ready(view)
    if name not in view.subject.names:
        raise CannotDo(f"the graph has no node `{name}`")
    view.go_to(view.subject.names.index(name))
