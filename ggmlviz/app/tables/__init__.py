"""Statistics, flame, roofline, experts, comparison and inspector."""
