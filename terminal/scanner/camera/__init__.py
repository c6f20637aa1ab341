"""The camera: finding it, reading frames, and the loop that decodes them."""
