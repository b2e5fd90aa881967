"""Each trouble is one sentence and exit status 1: the real ./start, run as a person would."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from runtime import environment
from runtime.layout import VENV, DataFolder
from runtime.postgres import find_programs

ROOT = Path(__file__).resolve().parents[2]


def start(*arguments: object, root: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    foreign = {"DATABASE_URL", "REDIS_URL", "LANG", "LC_ALL", "LC_MESSAGES"}
    clean = {name: value for name, value in os.environ.items() if name not in foreign}
    return subprocess.run(
        [root / "start", *map(str, arguments)],
        env=clean | env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def one_sentence(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1, result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("✗ ")
    return lines[0]


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


@pytest.mark.parametrize(
    ("language", "words"), [("en_GB.UTF-8", "taken by another program"), ("zh_CN.UTF-8", "占用")]
)
def test_a_taken_port(data, language, words):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = one_sentence(start("--port", port, "--data", data.path, LANG=language))
    assert words in said
    assert f"--port {port + 1}" in said
    assert not data.postgres.exists()


def test_a_port_that_is_none(data):
    assert "70000" in one_sentence(start("--port", 70000, "--data", data.path))


def test_a_data_folder_of_an_older_postgresql(data, free_port):
    data.postgres.mkdir(parents=True)
    (data.postgres / "PG_VERSION").write_text("15\n")
    said = one_sentence(start("--port", free_port, "--data", data.path))
    assert "made by PostgreSQL 15" in said
    assert (data.postgres / "PG_VERSION").read_text() == "15\n"


def test_a_data_folder_with_something_else_in_it(data, free_port):
    data.postgres.mkdir(parents=True)
    (data.postgres / "letter.txt").write_text("dear")
    said = one_sentence(start("--port", free_port, "--data", data.path))
    assert "no PostgreSQL database" in said
    assert (data.postgres / "letter.txt").read_text() == "dear"


def test_a_data_folder_that_is_a_file(data, free_port):
    data.path.write_text("a letter")
    said = one_sentence(start("--port", free_port, "--data", data.path))
    assert "cannot be written to" in said
    assert data.path.read_text() == "a letter"


def test_a_data_folder_in_use(data, free_port):
    data.prepare()
    held = data.lock("http://127.0.0.1:8000, PID 1")
    with held:
        said = one_sentence(start("--port", free_port, "--data", data.path))
    assert "already runs" in said
    assert "http://127.0.0.1:8000" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk(tmp_path, free_port):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        said = one_sentence(start("--port", free_port, "--data", disk / "data"))
    finally:
        subprocess.run(["umount", disk], check=True)
    assert "is full" in said
    assert "MB are needed" in said


@pytest.fixture
def bare_project(tmp_path: Path) -> Path:
    """A copy with an empty `.venv`, whose packages count as installed, on a machine with few tools."""
    root = tmp_path / "project"
    root.mkdir()
    shutil.copy(ROOT / "start", root)
    shutil.copytree(ROOT / "runtime", root / "runtime")
    for name in ("package.json", "package-lock.json", "requirements.lock"):
        shutil.copy(ROOT / name, root)
    (root / "static").mkdir()
    subprocess.run([sys.executable, "-m", "venv", root / ".venv"], check=True)
    stamps = root / ".venv" / "jiaqiao"
    stamps.mkdir()
    (stamps / "packages").write_text(environment.digest([environment.LOCK]))
    return root


@pytest.fixture
def few_tools(tmp_path: Path) -> str:
    folder = tmp_path / "bin"
    folder.mkdir()
    python = VENV.resolve() / "bin" / "python"
    (folder / "python3").symlink_to(python.resolve())
    for name in ("dirname",):
        (folder / name).symlink_to(Path(shutil.which(name) or name))
    return str(folder)


def test_no_node_and_no_way_to_install_it(bare_project, few_tools, free_port):
    result = start("--port", free_port, root=bare_project, PATH=few_tools, PIP_NO_INDEX="1",
                   PIP_FIND_LINKS="")  # fmt: skip
    assert "Node.js 20 or newer is missing" in one_sentence(result)


def test_no_redis_and_no_way_to_install_it(bare_project, few_tools, free_port):
    (bare_project / "static" / "dist").mkdir()
    script = (
        "from runtime import environment, frontend, layout;"
        "layout.set_stamp('frontend', environment.digest([*frontend.PACKAGES]))"
    )
    subprocess.run([sys.executable, "-c", script], cwd=bare_project, check=True)
    result = start(
        "--port", free_port, root=bare_project, PATH=few_tools, PIP_NO_INDEX="1",
        PIP_FIND_LINKS="", DATABASE_URL="postgres://nobody@127.0.0.1:9/none",
    )  # fmt: skip
    assert "Redis is missing" in one_sentence(result)


def test_the_wheel_brings_the_version_that_the_check_names():
    text = subprocess.check_output([find_programs() / "postgres", "--version"], text=True)
    assert text.split()[-1].split(".")[0].isdigit()
