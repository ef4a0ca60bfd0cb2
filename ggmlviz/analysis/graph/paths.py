"""Ways through a graph: who is near a member, and how data comes from one to another."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable

import numpy as np

from ggmlviz.analysis.graph.groups import GraphGroups


class Ways:
    """Between members, leafs too."""

    def __init__(self, groups: GraphGroups):
        self._readers: dict[int, list[int]] = defaultdict(list)
        self._sources: dict[int, list[int]] = defaultdict(list)
        for source, reader in np.concatenate([groups.edges, groups.leaf_edges]).tolist():
            self._readers[source].append(reader)
            self._sources[reader].append(source)

    def readers(self, member: int) -> list[int]:
        return self._readers.get(member, [])

    def sources(self, member: int) -> list[int]:
        return self._sources.get(member, [])

    def near(self, member: int, hops: int) -> set[int]:
        """Up to so many steps away, with or against the flow. Leafs are ends: what else reads them is not near."""
        leafs = {source for source in self._readers if source not in self._sources}
        found, edge = {member}, {member}
        for _ in range(hops):
            edge = {
                other
                for one in edge
                for other in self.sources(one) + (self.readers(one) if one == member or one not in leafs else [])
            } - found
            found |= edge
        return found

    def shortest(self, begin: int, end: int) -> list[int]:
        """From the one to the other with the flow, else back against it; empty where no data flows between them."""
        return self._flow(begin, end) or self._flow(end, begin)

    def all_between(self, begin: int, end: int) -> set[int]:
        """Every member that lies on some way from the one to the other."""
        return self._reach([begin], self.readers) & self._reach([end], self.sources)

    def _flow(self, begin: int, end: int) -> list[int]:
        came_from, queue = {begin: begin}, deque([begin])
        while queue and end not in came_from:
            member = queue.popleft()
            for reader in self.readers(member):
                if reader not in came_from:
                    came_from[reader] = member
                    queue.append(reader)
        if end not in came_from:
            return []
        path = [end]
        while path[-1] != begin:
            path.append(came_from[path[-1]])
        return path[::-1]

    @staticmethod
    def _reach(begin: Iterable[int], step) -> set[int]:
        found = set(begin)
        queue = list(found)
        while queue:
            for other in step(queue.pop()):
                if other not in found:
                    found.add(other)
                    queue.append(other)
        return found
