"""A plain server without internet: the smallest tree of Debian or Ubuntu with systemd, in namespaces."""

import re
import shutil
import subprocess
import time
from pathlib import Path

from runtime.suite import DATA
from tests.homeschool.test_operations_guide import ROOT

HERE = Path(__file__).parent
ADDRESS = "192.168.1.10"  # of the server's loopback: boot.sh
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def make_tree(folder: Path) -> None:
    """Of the release of this machine: fetched once, then kept."""
    about = Path("/etc/os-release").read_text()
    codename = re.search(r"^VERSION_CODENAME=(\w+)$", about, re.MULTILINE)[1]
    kept = DATA / f"plain-server-{codename}.tar"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        made = kept.with_suffix(".new.tar")
        packages = "--include=systemd-sysv,iproute2"
        subprocess.run(["mmdebstrap", "--variant=minbase", packages, codename, made], check=True)
        made.rename(kept)
    folder.mkdir()
    subprocess.run(["tar", "-xf", kept, "-C", folder], check=True)


class PlainServer:
    def __init__(self, tree: Path) -> None:
        self.tree = tree
        own = ["--net", "--mount", "--pid", "--cgroup", "--uts", "--ipc", "--fork", "--kill-child"]
        self._outer = subprocess.Popen(
            ["unshare", *own, "sh", HERE / "boot.sh", tree], stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 60
        while not (state := self._state()) or state in ("initializing", "starting"):
            assert self._outer.poll() is None, self._outer.stderr.read()
            assert time.monotonic() < deadline, state
            time.sleep(0.5)

    def _state(self) -> str:
        if not self._number():
            return ""
        return self.run("systemctl", "is-system-running", check=False).stdout.strip()

    def _number(self) -> str:
        """Of the process that is number one in there, once it is systemd."""
        asked = subprocess.run(
            ["pgrep", "--parent", str(self._outer.pid), "--exact", "systemd"],
            capture_output=True,
            text=True,
            check=False,
        )
        return asked.stdout.strip()

    def run(
        self, *argv: str, check: bool = True, language: str = "en_GB.UTF-8"
    ) -> subprocess.CompletedProcess[str]:
        clean = ["env", "-i", f"PATH={PATH}", "HOME=/root", f"LANG={language}"]
        done = subprocess.run(
            ["nsenter", "--target", self._number(), "--all", "--wdns=/root", *clean, *argv],
            capture_output=True,
            text=True,
            check=False,
            timeout=580,
        )
        assert not check or done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done

    def visit(self, *argv: str) -> str:
        """A browser in its network: visitor.py says what it can do."""
        inside = ["nsenter", "--target", self._number(), "--net"]
        python = ROOT / ".venv" / "bin" / "python"
        return subprocess.check_output([*inside, python, HERE / "visitor.py", *argv], text=True)

    def bring(self, archive: Path) -> str:
        """Unpacked in /root; answers with the path of its install.sh."""
        subprocess.run(["tar", "-xf", archive, "-C", self.tree / "root"], check=True)
        return f"/root/{archive.stem}/install.sh"

    def stop(self) -> None:
        self._outer.kill()  # and with it number one in there, and all others
        self._outer.wait(30)
        shutil.rmtree(self.tree)
