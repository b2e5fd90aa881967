"""Starts and stops the services with systemd."""

import contextlib
import subprocess

from runtime.server import places, units


def systemctl(*words: str) -> None:
    subprocess.run(["systemctl", "--quiet", *words], check=True)


def start() -> None:
    """Start the services now and at every boot. Running ones go on."""
    systemctl("daemon-reload")
    systemctl("enable", units.TARGET)
    systemctl("start", units.TARGET)


def stop() -> None:
    """Stop the services.

    A worker finishes its current batch; a half-written backup has a name that does not count.
    """
    # By name, because systemctl would not wait for units that stop with the target.
    systemctl("stop", units.TARGET, "jiaqiao-*.timer", "jiaqiao-*.service")


def forget() -> None:
    systemctl("disable", units.TARGET)
    for path in units.ours(places.UNITS):
        path.unlink()
    with contextlib.suppress(OSError):  # an administrator's own lines may be next to ours
        (places.UNITS / units.COMMON).parent.rmdir()
    systemctl("daemon-reload")
