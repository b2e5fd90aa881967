"""Starting and stopping by systemd."""

import contextlib
import subprocess

from runtime.server import places, units


def systemctl(*words: str) -> None:
    subprocess.run(["systemctl", "--quiet", *words], check=True)


def start() -> None:
    """Now and with the machine. What runs already goes on."""
    systemctl("daemon-reload")
    systemctl("enable", units.TARGET)
    systemctl("start", units.TARGET)


def stop() -> None:
    """A worker finishes the batch in its hands; half a backup keeps a name that counts as none."""
    # By name: for what goes with the target, systemctl would not wait.
    systemctl("stop", units.TARGET, "jiaqiao-*.timer", "jiaqiao-*.service")


def forget() -> None:
    systemctl("disable", units.TARGET)
    for path in units.ours(places.UNITS):
        path.unlink()
    with contextlib.suppress(OSError):  # an administrator's own lines may lie beside ours
        (places.UNITS / units.COMMON).parent.rmdir()
    systemctl("daemon-reload")
