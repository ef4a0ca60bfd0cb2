"""What nodes cost in arithmetic and bytes."""
