"""What `manage.py check --deploy` says of services that get families' words and voices."""

import pytest

from homeschool import checks


def ids() -> list[str]:
    return [one.id for one in checks.services(None)]


@pytest.mark.parametrize("name", checks.SERVICES)
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", []),
        ("https://words.example.org/v1", []),
        ("http://voice:8000/v1", []),
        ("http://words.example.org/v1", ["homeschool.W002"]),
        ("http://voice:9000/v1", ["homeschool.W002"]),
        ("voice:8000/v1", ["homeschool.E003"]),
    ],
)
def test_words_go_unencrypted_to_hosts_of_the_own_network_alone(settings, name, url, said):
    settings.OUTGOING_PRIVATE_HOSTS = ["voice:8000"]
    setattr(settings, name, url)
    assert ids() == said
