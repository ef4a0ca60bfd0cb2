"""What the card shows while shapes come and go."""

from __future__ import annotations

import os
import subprocess

from support import python


def test_a_picture_keeps_its_pixels_where_shapes_before_it_come_and_go(display):
    """The toolkit sends pixels late: a picture painted into another's texture would show that one's first."""
    command, environment = python("moving_pictures.py"), {**os.environ, "DISPLAY": display}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "0\n", done.stderr[-1000:]
