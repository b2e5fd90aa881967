"""Our own checks for `manage.py check --deploy`, in addition to Django's."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

from delivery.channels.outgoing import is_named

HERE = ("127.0.0.1", "::1", "localhost")
# These services receive what families write, say and hear.
SERVICES = ("TRANSLATION_URL", "TRANSCRIBE_URL", "SPEECH_URL")


@register(Tags.security, deploy=True)
def anchors(app_configs, **kwargs) -> list:
    url = urlsplit(settings.ANCHOR_URL)
    if url.scheme == "http" and url.hostname not in HERE:
        words = (
            "ANCHOR_URL is http: anyone who listens reads ANCHOR_TOKEN and can answer in its place."
        )
        return [Error(words, id="homeschool.E001")]
    if url.scheme not in ("http", "https", "file"):
        return [Error("ANCHOR_URL is neither https://… nor file:///….", id="homeschool.E002")]
    if url.path.startswith(str(settings.DATA_DIR)):
        words = "ANCHOR_URL is not set: the ends of the logs are kept on this server alone."
        return [Warning(words, id="homeschool.W001")]
    return []


@register(Tags.security, deploy=True)
def services(app_configs, **kwargs) -> list:
    """Allow http only within the county's own network, whose hosts the environment names."""
    found: list = []
    for name in SERVICES:
        url = urlsplit(getattr(settings, name))
        if url.scheme == "http" and not is_named(url.hostname or "", url.port or 80):
            words = f"{name} is http to a host that OUTGOING_PRIVATE_HOSTS does not name: anyone who listens"
            found.append(Warning(f"{words} learns what families say.", id="homeschool.W002"))
        if url.geturl() and url.scheme not in ("http", "https"):
            found.append(Error(f"{name} is neither http:// nor https://.", id="homeschool.E003"))
    return found
