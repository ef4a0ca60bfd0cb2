"""What is where in a model file."""
