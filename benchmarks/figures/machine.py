"""A sentence that describes the machine of a measurement."""

import os
import platform
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime
from pathlib import Path

_DEBIAN = Path("/usr/lib/postgresql")  # where Debian installs PostgreSQL, outside the PATH


def described() -> str:
    """Date, processors, program versions, and the load before the run."""
    postgres = max(map(str, _DEBIAN.glob("*/bin/postgres")), default="postgres")
    return (
        f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {os.cpu_count()} CPUs ({platform.machine()}), load before "
        f"{os.getloadavg()[0]:.1f}; {platform.system()}, Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}, PostgreSQL {_version(postgres)}, Node.js {_version('node')}."
    )


def _version(program: str) -> str:
    if shutil.which(program) is None:
        return "none"
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return next((word.lstrip("v") for word in output.split() if word.lstrip("v")[:1].isdigit()), "of unknown version")
