"""Tables, flame, roofline, experts and comparison."""
