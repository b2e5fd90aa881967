"""The places of everything on a server that was installed from a bundle."""

from pathlib import Path

HOME = Path("/opt/jiaqiao")
RELEASES = HOME / "releases"
CURRENT = HOME / "current"  # leads to the release that is running
SETTINGS = Path("/etc/jiaqiao")
VARIABLES = SETTINGS / "env"
CADDYS_VARIABLES = SETTINGS / "caddy.env"
REDIS_SETTINGS = SETTINGS / "redis.conf"
DATA = Path("/var/lib/jiaqiao")
CADDYS_DATA = Path("/var/lib/jiaqiao-caddy")
BACKUPS = Path("/var/backups/jiaqiao")
BACKUP_KEY = Path("/root/jiaqiao-backup-key.txt")
UNITS = Path("/etc/systemd/system")
COMMAND = Path("/usr/local/sbin/jiaqiao")
USER = "jiaqiao"
FILES = Path(__file__).parent  # units and templates of this version
