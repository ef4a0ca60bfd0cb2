"""The colours and measures of widgets, from those of the scenes."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.app.toolkit import inside
from ggmlviz.scene.drawing import Colour
from ggmlviz.scene.palette import Theme

BARE = "bare"  # for containers whose content takes all their room
DENSE = "dense"  # for lists that are long
LEAST_WINDOW = 32.0  # pixels of width and height, as the toolkit has it
SEE_THROUGH = "see through"  # for windows that lie on the ground of the program's own


def load() -> None:
    with dpg.theme(tag=BARE), dpg.theme_component(dpg.mvAll):
        dpg.add_theme_style(dpg.mvStyleVar_WindowPadding, 0, 0)
        dpg.add_theme_style(dpg.mvStyleVar_ItemSpacing, 0, 0)
    with dpg.theme(tag=DENSE), dpg.theme_component(dpg.mvAll):
        dpg.add_theme_style(dpg.mvStyleVar_ItemSpacing, 4, 0)
        dpg.add_theme_style(dpg.mvStyleVar_FramePadding, 2, 0)
    with dpg.theme(tag=SEE_THROUGH), dpg.theme_component(dpg.mvAll):
        dpg.add_theme_color(dpg.mvThemeCol_WindowBg, (0, 0, 0, 0))


def use(theme: Theme, scale: float) -> None:
    tag = f"theme {theme.name} {scale}"
    if not dpg.does_item_exist(tag):
        _make(tag, theme, scale)
    dpg.bind_theme(tag)
    dpg.set_viewport_clear_color(list(theme.panel))


def use_outside_windows(theme: Theme, scale: float) -> None:
    """For what is painted before any theme holds: the bars and borders of docked windows; and how low one may be, which
    the status line is."""
    inside.size_outside_windows(dpg.mvStyleVar_WindowMinSize, LEAST_WINDOW, round(LEAST_WINDOW * max(scale, 1.0)))
    for name, colour in {
        "TitleBg": theme.window,
        "TitleBgActive": theme.window,
        "TitleBgCollapsed": theme.window,
        "TabActive": theme.line,
        "TabUnfocusedActive": theme.line,
        "Separator": theme.line,
        "SeparatorHovered": theme.accent,
        "SeparatorActive": theme.accent,
        "Border": theme.line,
        "WindowBg": (0, 0, 0, 0),
        "DockingEmptyBg": theme.line,
    }.items():
        inside.colour_outside_windows(getattr(dpg, f"mvThemeCol_{name}"), colour)


def mixed(one: Colour, other: Colour, part: float) -> Colour:
    """So much of the other."""
    return tuple(round(a + (b - a) * part) for a, b in zip(one, other, strict=True))


def _make(tag: str, theme: Theme, scale: float) -> None:
    hovered, active = mixed(theme.raised, theme.text, 0.12), mixed(theme.raised, theme.text, 0.2)
    chosen = mixed(theme.panel, (52, 120, 210, 255), 0.55 if theme.name == "dark" else 0.3)
    colours = {
        "Text": theme.text,
        "TextDisabled": theme.faint,
        "WindowBg": theme.panel,
        "ChildBg": (0, 0, 0, 0),
        "PopupBg": theme.raised,
        "Border": theme.line,
        "FrameBg": mixed(theme.panel, theme.text, 0.07),
        "FrameBgHovered": hovered,
        "FrameBgActive": active,
        "TitleBg": theme.window,
        "TitleBgActive": theme.window,
        "TitleBgCollapsed": theme.window,
        "MenuBarBg": theme.window,
        "ScrollbarBg": theme.panel,
        "ScrollbarGrab": theme.line,
        "ScrollbarGrabHovered": hovered,
        "ScrollbarGrabActive": active,
        "CheckMark": theme.text,
        "SliderGrab": theme.faint,
        "SliderGrabActive": theme.text,
        "Button": mixed(theme.raised, theme.text, 0.06),
        "ButtonHovered": hovered,
        "ButtonActive": active,
        "Header": chosen,
        "HeaderHovered": hovered,
        "HeaderActive": active,
        "Separator": theme.line,
        "SeparatorHovered": theme.accent,
        "SeparatorActive": theme.accent,
        "ResizeGrip": theme.line,
        "ResizeGripHovered": theme.accent,
        "ResizeGripActive": theme.accent,
        "Tab": theme.window,
        "TabHovered": hovered,
        "TabActive": theme.panel,
        "TabUnfocused": theme.window,
        "TabUnfocusedActive": theme.panel,
        "DockingPreview": theme.accent,
        "DockingEmptyBg": theme.window,
        "TableHeaderBg": theme.raised,
        "TableBorderStrong": theme.line,
        "TableBorderLight": theme.line,
        "TableRowBg": (0, 0, 0, 0),
        "TableRowBgAlt": mixed(theme.panel, theme.text, 0.03),
        "TextSelectedBg": chosen,
        "DragDropTarget": theme.accent,
        "NavHighlight": theme.accent,
        "ModalWindowDimBg": (0, 0, 0, 110),
    }
    styles = {
        "FramePadding": (6, 3),
        "ItemSpacing": (8, 4),
        "WindowPadding": (6, 6),
        "ScrollbarSize": (12,),
        "WindowBorderSize": (1,),
        "FrameRounding": (3,),
        "WindowRounding": (3,),
        "PopupRounding": (3,),
        "TabRounding": (3,),
        "GrabRounding": (3,),
        "ScrollbarRounding": (6,),
    }
    with dpg.theme(tag=tag), dpg.theme_component(dpg.mvAll):
        for name, colour in colours.items():
            dpg.add_theme_color(getattr(dpg, f"mvThemeCol_{name}"), colour)
        for name, values in styles.items():
            dpg.add_theme_style(getattr(dpg, f"mvStyleVar_{name}"), *(value * scale for value in values))
