"""What is shown: views in, signals out. Screens never ask the counter."""
