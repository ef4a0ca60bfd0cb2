"""The timeline panel."""
