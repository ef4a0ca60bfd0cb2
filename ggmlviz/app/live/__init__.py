"""Watching a program that runs."""
