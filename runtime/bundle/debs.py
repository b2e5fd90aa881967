"""Debian's own packages: what a server needs, with all dependencies, for this machine's release."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from runtime.bundle.checksums import sha256
from runtime.words import Trouble

PACKAGES = (
    "python3",
    "python3-venv",
    "postgresql",
    "redis-server",
    "caddy",
    "ca-certificates",
    "age",  # makes the keys of backups
    "espeak-ng",  # the voice of family pages (Dockerfile)
    "fonts-noto-cjk",  # pages as PDF (core/printing.py); the next three belong to WeasyPrint
    "libpango-1.0-0",
    "libpangoft2-1.0-0",
    "libharfbuzz-subset0",
)
# Other package sources of this machine may contain packages of another release.
ONLY_OF_THE_DISTRIBUTION = """Package: *
Pin: release o={origin}
Pin-Priority: 990

Package: *
Pin: release *
Pin-Priority: -1
"""


@dataclass(frozen=True)
class Deb:
    package: str
    version: str
    path: Path


def release() -> str:
    """Return the system that the bundle is for, such as debian-13-amd64.

    install.sh says the same of its machine.
    """
    told = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', Path("/etc/os-release").read_text(), re.M))
    try:
        machine = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
        return f"{told['ID']}-{told['VERSION_ID']}-{machine}"
    except (KeyError, FileNotFoundError) as error:
        raise Trouble("bundle_no_apt") from error


class Apt:
    """apt-get as it would be on a machine with nothing installed, in separate folders."""

    def __init__(self, cache: Path) -> None:
        self.archives = cache / "debs"
        (self.archives / "partial").mkdir(parents=True, exist_ok=True)
        (cache / "nothing-kept" / "partial").mkdir(parents=True, exist_ok=True)
        (cache / "nothing-installed").write_text("")
        origin = release().split("-")[0].capitalize()
        (cache / "preferences").write_text(ONLY_OF_THE_DISTRIBUTION.format(origin=origin))
        self._cache = cache

    def argv(self, *words: str, archives: Path | None = None) -> list[str]:
        options = {
            "Dir::State::status": self._cache / "nothing-installed",
            "Dir::Etc::preferences": self._cache / "preferences",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::Cache::archives": archives or self.archives,
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
            "Debug::NoLocking": "1",
            "APT::Sandbox::User": "",
        }
        said = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return ["apt-get", "install", "--yes", "--no-install-recommends", *said, *words, *PACKAGES]

    def download(self) -> list[str]:
        return self.argv("--download-only")

    def wanted(self) -> list[Path]:
        """Return the files that `download` fetches.

        Its folder may also contain those of an earlier bundle.
        """
        argv = self.argv("--print-uris", "-qq", archives=self._cache / "nothing-kept")
        told = subprocess.run(argv, capture_output=True, text=True, check=False)
        names = re.findall(r"^'\S+' (\S+\.deb) ", told.stdout, re.MULTILINE)
        if not names:
            raise Trouble("bundle_no_debs", cause=told.stderr.strip()[-300:] or "apt-get")
        return [self.archives / name for name in names]


def gather(paths: list[Path], target: Path) -> list[Deb]:
    """Link the files into `target`, with the list that makes a folder an apt source."""
    target.mkdir()
    found, index = [], []
    for path in paths:
        about = subprocess.check_output(["dpkg-deb", "--field", path], text=True).rstrip()
        package, version, machine = (
            field(about, n) for n in ("Package", "Version", "Architecture")
        )
        # An epoch's colon, and the way apt encodes it, mean something else in addresses.
        name = f"{package}_{version.split(':')[-1]}_{machine}.deb"
        (target / name).hardlink_to(path)
        size, digest = path.stat().st_size, sha256(path)
        index.append(f"{about}\nFilename: ./{name}\nSize: {size}\nSHA256: {digest}\n")
        found.append(Deb(package, version, target / name))
    (target / "Packages").write_text("\n".join(index))
    return found


def field(about: str, name: str) -> str:
    found = re.search(rf"^{name}: (.+)$", about, re.MULTILINE)
    return found[1] if found else ""
