"""What the words of a command line mean: numbers, and the sentences for what is none."""

from __future__ import annotations

import argparse
import math

LONGEST_SECONDS = 1e9  # a range beyond is a mistake; its nanoseconds still fit 64 bits


def size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) >= 320 and int(height) >= 240):
        raise argparse.ArgumentTypeError("width and height, as in 1280x800")
    return int(width), int(height)


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a number, from 1")
    return int(text)


def percent(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError("a percentage, from 0")
    return value


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) < LONGEST_SECONDS:
        raise argparse.ArgumentTypeError("seconds since the start of the trace")
    return value


def megabytes(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a number of megabytes, from 1")
    return int(text)
