"""What benchmarks run: companies with tills, loads, and the till off screen."""
