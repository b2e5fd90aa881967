"""What `manage.py check --deploy` says of a server beyond Django's own checks."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

HERE = ("127.0.0.1", "::1", "localhost")


@register(Tags.security, deploy=True)
def anchors(app_configs, **kwargs) -> list:
    url = urlsplit(settings.ANCHOR_URL)
    if url.scheme == "http" and url.hostname not in HERE:
        words = (
            "ANCHOR_URL is http: whoever listens reads ANCHOR_TOKEN and can answer in its place."
        )
        return [Error(words, id="homeschool.E001")]
    if url.scheme not in ("http", "https", "file"):
        return [Error("ANCHOR_URL is neither https://… nor file:///….", id="homeschool.E002")]
    if url.path.startswith(str(settings.DATA_DIR)):
        words = "ANCHOR_URL is not set: the ends of the logs are kept on this server alone."
        return [Warning(words, id="homeschool.W001")]
    return []
