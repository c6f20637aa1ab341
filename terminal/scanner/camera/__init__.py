"""The camera: finding it, reading frames from it, the loop that looks at them."""
