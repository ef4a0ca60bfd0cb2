"""How hot a cell is: what is measured, on what scale, and what the legend says of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ggmlviz.scene.units import amount, duration

MEASURES = {
    "bytes": "bytes read",
    "time": "time of the ops that touch it",
    "count": "ops that touch it",
    "recency": "time since it was touched last",
}
COLD = -1.0  # never touched: not on the scale at all
FADES = 10_000_000_000  # ns after which nothing glows any more
JUST_NOW = 1_000_000.0  # ns that are as good as now
_CURVE = 0.5  # the middle of the scale is a quarter of the most: much of a model is small


@dataclass(frozen=True)
class Scale:
    """From what was measured to 0 … 1, for all strips of a picture alike."""

    measure: str
    most: float  # of recency the oldest
    now: int = 0  # recency: the moment it is counted from
    near: float = 1e3  # recency: ns that are as good as now

    def heat(self, done: np.ndarray) -> np.ndarray:
        """Of ACCESS; COLD for what was not touched."""
        values = measured(done, self.measure, self.now)
        touched = done["count"] > 0
        if self.measure == "recency":
            hot = self.of_ages(values)
        else:
            hot = (values / self.most) ** _CURVE if self.most else np.zeros(len(values))
        return np.where(touched, np.clip(hot, 0, 1), COLD)

    def of_ages(self, ages: np.ndarray) -> np.ndarray:
        """0 … 1, of ns since something was touched last."""
        hot = 1 - np.log1p(np.maximum(ages, 0) / self.near) / np.log1p(max(self.most, 1.0) / self.near)
        return np.clip(hot, 0, 1)

    def labels(self) -> tuple[str, str, str]:
        """What the cold end, the middle and the hot end of the scale stand for."""
        if self.measure == "recency":
            middle = np.expm1(np.log1p(max(self.most, 1.0) / self.near) / 2) * self.near
            return f"{duration(self.most)} ago", duration(float(middle)), "now"
        middle = self.most * 0.5 ** (1 / _CURVE)
        return "0", told(middle, self.measure), told(self.most, self.measure)


def glow_scale(now: int) -> Scale:
    """While a program is watched: all pictures have the same one, so that it is seen how things fade."""
    return Scale("recency", FADES, now, JUST_NOW)


def measured(done: np.ndarray, measure: str, now: int) -> np.ndarray:
    if measure == "recency":
        return (now - done["last"]).astype(np.float64)
    return done[{"bytes": "read", "time": "time", "count": "count"}[measure]].astype(np.float64)


def told(value: float, measure: str) -> str:
    if measure == "bytes":
        return amount(value)
    return duration(value) if measure in ("time", "recency") else f"{value:,.0f}"


def scale_of(parts: list[np.ndarray], measure: str) -> Scale:
    """For these ACCESS arrays together. What is now, is when anything of it was touched last."""
    done = np.concatenate(parts) if parts else np.empty(0)
    touched = done[done["count"] > 0] if len(done) else done
    if not len(touched):
        return Scale(measure, 0.0)
    now = int(touched["last"].max()) if measure == "recency" else 0
    return Scale(measure, float(measured(touched, measure, now).max()), now)


def hottest(heat: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Of cells that were put together the hottest counts."""
    return np.maximum.reduceat(heat, first[:-1]) if len(heat) else heat
