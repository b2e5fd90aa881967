"""A secret may lie in a file; the settings and the health check read it from there."""

import json
import os
import subprocess
import sys

import pytest

from homeschool import secret_files
from homeschool.secret_files import SecretFileTrouble, value
from runtime.layout import ROOT

KEY = "aZ09bY18cX27dW36eV45fU54gT63hS72iR81jQ90kP09lO18mN27"


def test_a_file_an_empty_one_and_none(tmp_path):
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n")
    assert value("SECRET_KEY", {"SECRET_KEY": "", "SECRET_KEY_FILE": str(path)}) == KEY
    assert value("SECRET_KEY", {"SECRET_KEY": "a", "SECRET_KEY_FILE": ""}) == "a"
    assert value("SECRET_KEY", {}) is None
    path.write_text("\n")
    assert value("SECRET_KEY", {"SECRET_KEY_FILE": str(path)}) is None


@pytest.mark.parametrize(
    "variables", [{"NOTE_KEYS": "a", "NOTE_KEYS_FILE": "/there"}, {"NOTE_KEYS_FILE": "/none"}]
)
def test_two_places_or_a_file_that_is_not_there_is_told(variables):
    with pytest.raises(SecretFileTrouble, match="NOTE_KEYS_FILE"):
        secret_files.found(variables)


def settings_with(**variables: str) -> subprocess.CompletedProcess[str]:
    show = (
        "import django; django.setup(); from django.conf import settings as s; import json;"
        "print(json.dumps([s.SECRET_KEY, s.METRICS_TOKEN, s.EMAIL_HOST, s.DATABASES['default']['NAME']]))"
    )
    return subprocess.run(
        [sys.executable, "-c", show], cwd=ROOT, env=os.environ | variables, text=True,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_settings_read_them(tmp_path):
    contents = {
        "SECRET_KEY": KEY, "METRICS_TOKEN": "a-token", "EMAIL_URL": "smtp://u:p@mail.example.org:25",
        "DATABASE_URL": "postgres://u@h/from_a_file",
    }  # fmt: skip
    variables = dict.fromkeys(contents, "")
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
        variables[f"{name}_FILE"] = str(tmp_path / name)
    told = settings_with(**variables)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == [KEY, "a-token", "mail.example.org", "from_a_file"]


def test_a_server_does_not_begin_with_a_file_that_is_missing(tmp_path):
    told = settings_with(SECRET_KEY_FILE=str(tmp_path / "none"), SECRET_KEY="")
    assert told.returncode != 0
    assert "SECRET_KEY_FILE" in told.stderr.splitlines()[-1]
