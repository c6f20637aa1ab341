"""A bare Debian in a folder. It is made as root with `debootstrap`, which fetches Debian's base system in a minute.

Every command runs in a mount namespace of its own, so nothing stays mounted in the folder whatever happens.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

SUITE = "bookworm"
WITHIN_S = 300
INSTALLED_WITHIN_S = 600
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MOUNT = 'mount -t proc proc "$1/proc" && mount -t sysfs sys "$1/sys" && mount -t tmpfs shm "$1/dev/shm" && shift'
# What dpkg and apt keep for themselves, and what was brought from here.
_OF_DPKG = re.compile(r"^(proc|sys|dev|tmp|run|srv|var/(lib/(dpkg|apt)|cache|log)|etc/(ld\.so\.cache|.*-)$)(/|$)")


@dataclass(frozen=True)
class BareRoot:
    """The folder that the bare system has as its root."""

    path: Path

    @classmethod
    def made(cls, path: Path) -> "BareRoot":
        """A new one. What is asked of apt in it comes from where this machine gets its packages."""
        unsynced = path / "etc/dpkg/dpkg.cfg.d/unsynced"  # what is lost in a power cut is made again
        unsynced.parent.mkdir(parents=True)
        unsynced.write_text("force-unsafe-io\n")
        words = ["debootstrap", "--variant=minbase", SUITE, str(path), *_mirror()]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=INSTALLED_WITHIN_S)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        for name in ("etc/resolv.conf", "etc/hosts"):
            shutil.copyfile(Path("/") / name, path / name)
        (path / "etc/apt/apt.conf.d/90bare").write_text(
            'APT::Install-Recommends "false";\nAPT::Sandbox::User "root";\nDPkg::Use-Pty "false";\n'
        )
        root = cls(path)
        root.said("apt-get", "update", "--quiet=2")
        return root

    def command(self, *words: str, user: str = "root") -> list[str]:
        """The words that run a command in it. The process that they start becomes the command's."""
        inside = ["chroot", f"--userspec={user}:{user}", str(self.path), *words]
        return ["unshare", "--mount", "sh", "-c", f'{_MOUNT} && exec "$@"', "sh", str(self.path), *inside]

    def said(
        self,
        *words: str,
        user: str = "root",
        code: int = 0,
        within_s: float = WITHIN_S,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """What a command prints, which must end with *code*."""
        done = subprocess.run(
            self.command(*words, user=user),
            env=environment(settings),
            capture_output=True,
            text=True,
            check=False,
            timeout=within_s,
        )
        assert done.returncode == code, f"{words}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
        return done.stdout.strip()

    def install(self, *packages: Path | str) -> None:
        """Installs packages, of a file or of Debian, with what they say that they depend on and nothing else."""
        names = []
        for one in packages:
            if isinstance(one, Path):
                shutil.copyfile(one, self.path / "srv" / one.name)
            names.append(f"/srv/{one.name}" if isinstance(one, Path) else one)
        self.said("apt-get", "install", "--yes", "--quiet=2", *names, within_s=INSTALLED_WITHIN_S)

    def verify(self, name: str) -> None:
        """Holds the files of an installed package against their sums, but for settings, which are the operator's."""
        told = self.said("dpkg", "--verify", name).splitlines()
        assert [line for line in told if line.split()[1] != "c"] == []

    def files(self) -> set[str]:
        """The path of everything there is, but for what dpkg and apt keep for themselves."""
        found = set()
        for folder, folders, files in os.walk(self.path):
            inside = Path(folder).relative_to(self.path)
            folders[:] = [one for one in folders if not _OF_DPKG.search(str(inside / one))]
            found |= {str(inside / one) for one in (*folders, *files) if not _OF_DPKG.search(str(inside / one))}
        return found


@dataclass(frozen=True)
class BootedRoot(BareRoot):
    """The same while its systemd runs, in a container of its own that shares this machine's network."""

    leader: int  # the process of systemd

    def command(self, *words: str, user: str = "root") -> list[str]:
        """As in a bare root, within the container."""
        spaces = ("--mount", "--pid", "--uts", "--ipc", "--cgroup", "--root", "--wd")
        dropped = [] if user == "root" else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        return ["nsenter", f"--target={self.leader}", *spaces, *dropped, *words]


@contextmanager
def booted(root: BareRoot) -> Iterator[BootedRoot]:
    """Boots systemd in it, which has to be installed there; `systemd-nspawn` is needed here."""
    options = ("--quiet", "--boot", "--register=no", "--keep-unit", "--console=read-only", "--resolv-conf=off")
    words = ["systemd-nspawn", *options, f"--machine=orion-{os.getpid()}", f"--directory={root.path}"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as container:
        try:
            leader, until = None, time.monotonic() + WITHIN_S
            while leader is None:
                assert container.poll() is None and time.monotonic() < until, "the container does not start"
                found = subprocess.run(["pgrep", "-P", str(container.pid)], capture_output=True, text=True, check=False)
                leader = next(iter(found.stdout.split()), None)
            here = BootedRoot(root.path, int(leader))
            _wait_for_systemd(here)
            yield here
        finally:
            container.terminate()  # which shuts it down
            try:
                container.wait(WITHIN_S)
            except subprocess.TimeoutExpired:
                container.kill()


def _wait_for_systemd(root: BootedRoot) -> None:
    said, until = "", time.monotonic() + WITHIN_S
    while said != "running":
        assert time.monotonic() < until, f"systemd is {said}"
        command = root.command("systemctl", "is-system-running", "--wait")
        done = subprocess.run(
            command, env=environment({}), capture_output=True, text=True, check=False, timeout=WITHIN_S
        )
        said = done.stdout.strip()


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command with these settings."""
    return {"PATH": PATH, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", **settings}


def _mirror() -> list[str]:
    lists = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    text = "\n".join(path.read_text() for path in lists if path.is_file())
    found = re.search(r"^(?:deb\s+(?:\[.*?\]\s+)?|URIs:\s*)(http\S+/debian)/?(?=\s)", text, re.MULTILINE)
    return [] if found is None else [found[1]]


def depends_of(package: Path) -> list[str]:
    """The packages of Debian that a package says that it depends on."""
    asked = subprocess.run(["dpkg-deb", "--field", str(package), "Depends"], check=True, capture_output=True, text=True)
    return [re.split(r"[ (]", one.strip())[0] for one in asked.stdout.split(",")]
