"""The trace as lines."""
