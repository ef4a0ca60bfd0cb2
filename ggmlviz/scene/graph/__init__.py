"""The compute graph."""
