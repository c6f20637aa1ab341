"""The camera, hand-held scanners and unknown codes."""
