"""Reading codes from pictures, films and typing scanners."""
