"""The compute graph: groups, paths, what became of each node, and where to draw them."""
