"""The benchmarks run, and their page tells what they print. No test here looks at a time."""
