"""What lies in files and buffers, in the order in which it lies there: the cells of the heatmap, in bytes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from ggmlviz.analysis.memory.tensor_accesses import ACCESS, NEVER
from ggmlviz.analysis.model.regions import RegionKind

NOTHING = -1
PADDING = 64  # bytes; a gap of more is no alignment of a buffer
CELL = np.dtype(
    [
        ("begin", "i8"),  # of its file or buffer
        ("size", "i8"),
        ("kind", "u1"),  # Kind
        ("tensor", "i8"),  # on the disk: of the model; in a buffer: the place
    ]
)


class Kind(IntEnum):
    TENSOR = 0
    GAP = 1  # alignment
    FREE = 2  # nothing is known to be there
    FRONT = 3  # header, metadata and table of tensors of a file


KIND_OF_REGION = {
    RegionKind.TENSOR: Kind.TENSOR,
    RegionKind.ALIGNMENT: Kind.GAP,
    RegionKind.UNUSED: Kind.FREE,
}


@dataclass(frozen=True, eq=False)
class Strip:
    track: str  # "disk" or "buffer"
    owner: int  # the file of the map, or the buffer
    label: str
    about: str  # what its card says
    size: int  # bytes of the whole that it shows
    cells: np.ndarray  # CELL
    place: np.ndarray  # these places of the trace
    cell_of_place: np.ndarray  # belong to these cells
    section: np.ndarray | None = None  # for each cell a number that tells parts with a label of their own apart
    section_labels: tuple[str, ...] = ()

    def accesses(self, done: np.ndarray) -> np.ndarray:
        """ACCESS of each cell, from that of each place."""
        sums = np.zeros(len(self.cells), ACCESS)
        sums["first"] = sums["last"] = NEVER
        of_place = done[self.place]
        for field in ("count", "reads", "writes", "read", "written", "time", "not_modelled"):
            np.add.at(sums[field], self.cell_of_place, of_place[field])
        np.maximum.at(sums["last"], self.cell_of_place, of_place["last"])
        touched = of_place["first"] != NEVER
        earliest = np.full(len(sums), np.iinfo(np.int64).max)
        np.minimum.at(earliest, self.cell_of_place[touched], of_place["first"][touched])
        sums["first"] = np.where(sums["last"] != NEVER, earliest, NEVER)
        return sums

    def cells_of(self, places: np.ndarray) -> np.ndarray:
        """Those that any of these places belongs to."""
        return np.unique(self.cell_of_place[np.isin(self.place, places)])


def covered(begins: np.ndarray, sizes: np.ndarray, tensors: np.ndarray, whole: int) -> np.ndarray:
    """CELL of tensors that do not overlap, with what lies between them and behind the last."""
    order = np.argsort(begins, kind="stable")
    begins, sizes, tensors = begins[order], sizes[order], tensors[order]
    gap_begins = np.concatenate([[0], begins + sizes])
    gap_sizes = np.concatenate([begins, [whole]]) - gap_begins
    gaps = np.zeros(len(gap_begins), CELL)
    gaps["begin"], gaps["size"], gaps["tensor"] = gap_begins, gap_sizes, NOTHING
    gaps["kind"] = np.where(gap_sizes < PADDING, Kind.GAP, Kind.FREE)
    cells = np.zeros(len(begins), CELL)
    cells["begin"], cells["size"], cells["tensor"] = begins, sizes, tensors
    joined = np.concatenate([gaps[gaps["size"] > 0], cells])
    return joined[np.argsort(joined["begin"], kind="stable")]


def apart(begins: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Of spans that may overlap those that are shown, rising: of two the one that comes later in the order given."""
    chosen: list[int] = []
    taken = np.empty((0, 2), np.int64)
    for number in reversed(range(len(begins))):
        begin, end = int(begins[number]), int(begins[number] + sizes[number])
        if end > begin and not ((taken[:, 0] < end) & (taken[:, 1] > begin)).any():
            chosen.append(number)
            taken = np.concatenate([taken, [[begin, end]]])
    return np.array(sorted(chosen), np.int64)
