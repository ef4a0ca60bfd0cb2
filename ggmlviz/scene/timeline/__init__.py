"""What happened when, on which thread."""
