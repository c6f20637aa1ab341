"""Runs everything that CI checks: `python -m tests [--fast] [PYTEST ARGUMENTS]`.

With arguments only pytest runs, and tests may be skipped; without them, a skipped test counts as a failure. Each part
reports its time and CPU, that of its processes included. The last line counts the tests.
"""

import os
import subprocess
import sys
import time

import pytest

# The linters, as programs of the environment.
CHECKS = {
    "linter": ["ruff", "check", "--quiet"],
    "format": ["ruff", "format", "--check", "--quiet"],
    "imports": ["lint-imports"],
    "types": ["mypy"],
}


class Stopwatch:
    """Time and CPU since its start, of this process and those that it waited for."""

    def __init__(self) -> None:
        self._time, self._cpu = time.monotonic(), cpu_s()

    def __str__(self) -> str:
        return f"{time.monotonic() - self._time:.1f} s, {cpu_s() - self._cpu:.1f} s of CPU"


class Counts:
    """Counts test results like pytest's summary: set-up and tear-down count only if they fail."""

    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.passed += report.passed and report.when == "call"
        self.failed += report.failed
        self.skipped += report.skipped  # includes expected failures

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.failed += report.failed
        self.skipped += report.skipped


def main(arguments: list[str]) -> int:
    keep_bytecode()
    fast = "--fast" in arguments
    chosen = [argument for argument in arguments if argument != "--fast"]
    failed_checks = [] if chosen else [name for name in CHECKS if not check_passes(name)]

    counts, watch = Counts(), Stopwatch()
    pytest_arguments = ["-m", "not slow", "--hypothesis-profile=fast"] if fast else []
    # A file's tests share a process, so that its fixtures are set up once. Files keep the order of tests/conftest.py.
    # The fast run has one process, as each loads all tests, which takes a tenth of that run.
    pytest_arguments += chosen or ([] if fast else ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"])
    code = int(pytest.main([*pytest_arguments], plugins=[counts]))

    say(f"tests: {watch}")
    closing = f"passed={counts.passed} failed={counts.failed} skipped={counts.skipped}"
    say(closing + (f" checks_failed={','.join(failed_checks)}" if failed_checks else ""))
    if failed_checks or (counts.skipped and not chosen):
        return 1
    return code


def keep_bytecode() -> None:
    """Has Python keep what it compiled, whatever the environment says: else each process of a run compiles the project,
    and rewrites the asserts of all tests, which takes ten seconds."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def check_passes(name: str) -> bool:
    watch = Stopwatch()
    run = subprocess.run(CHECKS[name], capture_output=True, text=True, check=False)
    if run.returncode:
        say(run.stdout + run.stderr)
    say(f"{name}: {'FAILED' if run.returncode else 'passed'} in {watch}")
    return run.returncode == 0


def cpu_s() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
