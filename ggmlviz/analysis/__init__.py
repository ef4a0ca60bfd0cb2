"""What the tables of a trace mean: each answer a plain function, without I/O and without a GUI."""
