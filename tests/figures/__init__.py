"""The benchmarks run and their page agrees with their output. No test checks times."""
