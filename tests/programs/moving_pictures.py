#!/usr/bin/env python3
"""Paints four pictures, each always in the same place, among a changing number of other shapes; prints how often one of
them was seen with the pixels of another."""

import random
import tempfile
from pathlib import Path

import dearpygui.dearpygui as dpg
import numpy as np
from PIL import Image

from ggmlviz.app.toolkit.framebuffer import Framebuffer
from ggmlviz.app.toolkit.painting import Painting
from ggmlviz.app.toolkit.texture import TEXTURES
from ggmlviz.scene.drawing import Drawing, Raster, Rectangles, colours

COLOURS = [(255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (255, 255, 0, 255)]
FRAMES, UNTIL_SENT = 40, 4  # the card has the first pixels a few frames after they were written


def picture(number):
    pixels = np.tile(np.array(COLOURS[number], np.uint8), (50, 300, 1))
    return Raster((10, 10 + 60 * number, 310, 60 + 60 * number), pixels, f"picture {number}")


def box():
    return Rectangles(np.array([[320, 10, 340, 30]], np.float32), colours((9, 9, 9, 255), 1))


def drawing(chance):
    shapes = []
    for number in range(len(COLOURS)):
        shapes += [box()] if chance.random() < 0.5 else []
        shapes.append(picture(number))
    return Drawing(400, 300, (0, 0, 0, 255), tuple(shapes))


def main():
    dpg.create_context()
    dpg.create_viewport(width=500, height=400)
    TEXTURES.build()
    with dpg.window(width=480, height=380, pos=(0, 0), no_title_bar=True):
        canvas = dpg.add_drawlist(400, 300)
    dpg.setup_dearpygui()
    dpg.show_viewport()
    painting, framebuffer, chance, wrong = Painting(canvas), Framebuffer(), random.Random(1), 0
    with tempfile.TemporaryDirectory() as folder:
        for frame in range(FRAMES):
            painting.show(drawing(chance))
            dpg.render_dearpygui_frame()
            framebuffer.save(Path(folder) / "frame.png")
            seen = Image.open(Path(folder) / "frame.png")
            left, top = (round(edge) for edge in dpg.get_item_rect_min(canvas))
            found = [(*seen.getpixel((left + 100, top + 35 + 60 * at)), 255) for at in range(len(COLOURS))]
            wrong += frame >= UNTIL_SENT and found != COLOURS
    print(wrong)


if __name__ == "__main__":
    main()
