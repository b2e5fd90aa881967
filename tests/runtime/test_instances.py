"""`manage.py` typed beside a running copy finds that copy's data folder, or says why not."""

import os
import subprocess
import sys

import pytest

from runtime import instances
from runtime.layout import ROOT, DataFolder


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr(instances, "NOTED", tmp_path / "noted")
    monkeypatch.setattr(instances, "DEFAULT", tmp_path / "usual")
    monkeypatch.delenv("JIAQIAO_DATA", raising=False)

    def make(name):
        data = DataFolder(tmp_path / name)
        data.prepare()
        instances.note(data)
        data.keep_environment({"DATABASE_URL": f"postgres://{name}/x"})
        return data

    return make


def test_the_only_copy_that_runs_is_meant(folders):
    folders("usual")
    other = folders("elsewhere")
    assert instances.environment_file().parent.name == "usual"  # none runs
    with other.lock("here"):
        assert instances.environment_file() == other.path / "environment"
    assert instances.running() == []


def test_of_two_that_run_somebody_says_which(folders, monkeypatch):
    one, two = folders("one"), folders("two")
    with one.lock("1"), two.lock("2"):
        with pytest.raises(instances.SeveralRun) as refused:
            instances.environment_file()
        assert str(one.path) in str(refused.value)
        assert str(two.path) in str(refused.value)
        monkeypatch.setenv("JIAQIAO_DATA", str(two.path))
        assert instances.environment_file() == two.path / "environment"


def test_a_folder_that_is_gone_is_no_copy(folders):
    folders("usual")
    gone = folders("gone")
    (gone.run / "lock").unlink(missing_ok=True)
    assert instances.running() == []


def test_without_a_running_copy_the_command_says_what_to_do(tmp_path):
    env = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    env |= {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "JIAQIAO_DATA": str(tmp_path)}
    words = "create_school --county a --name b --code c --admin d --login 13900000001"
    done = subprocess.run(
        [sys.executable, "manage.py", *words.split(), "--language", "en"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "No running copy of Jiaqiao was found here." in done.stderr
    assert "Traceback" not in done.stderr
