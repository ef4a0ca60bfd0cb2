"""What differs between two traces."""
