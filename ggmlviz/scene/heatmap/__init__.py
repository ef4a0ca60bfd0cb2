"""The model file and the buffers, and how often each part of them was used."""
