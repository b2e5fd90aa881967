"""What is in a bundle, and whom its install.sh refuses before anything is changed."""

import json
import os
import shutil
import socket
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from runtime.bundle import checksums, debs, making, wheels

HAS_DPKG = shutil.which("dpkg-deb") is not None
pytestmark = pytest.mark.skipif(not HAS_DPKG, reason="a bundle is made on Debian or Ubuntu")


@pytest.fixture
def unpacked(tmp_path) -> Path:
    folder = tmp_path / "jiaqiao"
    (folder / "wheels").mkdir(parents=True)
    shutil.copy2(making.INSTALL, folder)
    (folder / "VERSION").write_text("0.2.0-20261130-0bf108aa\n")
    (folder / "RELEASE").write_text(f"{debs.release()}\n")
    (folder / "PACKAGES").write_text("python3\n")
    (folder / "wheels" / "one.whl").write_text("as it was packed")
    checksums.write(folder)
    return folder


def check(
    folder: Path, *words: str, language: str = "C", user: int = 0
) -> subprocess.CompletedProcess[str]:
    """As root, whoever runs the tests: --check ends before anything is changed."""
    programs = folder.parent / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "id").write_text(f"#!/bin/sh\necho {user}\n")
    (programs / "id").chmod(0o755)
    return subprocess.run(
        ["sh", folder / "install.sh", "--check", *words],
        env={"PATH": f"{programs}:{os.environ['PATH']}", "LANG": language},
        capture_output=True,
        text=True,
        check=False,
    )


def test_another_release_is_refused_by_its_name(unpacked):
    (unpacked / "RELEASE").write_text("debian-12-riscv64\n")
    said = check(unpacked, "--address", "https://a.example.org")
    assert said.returncode == 1
    assert f"for debian-12-riscv64, and this machine is {debs.release()}" in said.stderr
    chinese = check(unpacked, language="zh_CN.UTF-8")
    assert "这个安装包适用于 debian-12-riscv64" in chinese.stderr


def test_a_changed_file_is_named(unpacked):
    wheel = unpacked / "wheels" / "one.whl"
    wheel.write_text("as somebody changed it")
    said = check(unpacked, "--address", "https://a.example.org")
    assert said.returncode == 1
    assert "wheels/one.whl" in said.stdout + said.stderr
    assert "A file is not as it was packed" in said.stderr
    wheel.unlink()
    assert check(unpacked, "--address", "https://a.example.org").returncode == 1


def test_the_first_time_it_wants_an_address(unpacked):
    said = check(unpacked)
    assert (said.returncode, "--address https://" in said.stderr) == (1, True)


def test_a_port_that_others_have_is_named(unpacked):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 6390))
        other.listen()
        said = check(unpacked, "--address", "https://a.example.org")
    assert said.returncode == 1
    assert "is taken by another program" in said.stderr


def test_only_root_may(unpacked):
    said = check(unpacked, user=1000)
    assert (said.returncode, said.stderr) == (1, "✗ Only root can install: sudo sh install.sh\n")


def a_deb(folder: Path) -> Path:
    tree = folder / "tree" / "DEBIAN"
    tree.mkdir(parents=True)
    about = "Package: fonts-x\nVersion: 1:2.0-3\nArchitecture: all\nMaintainer: X <x@example.org>\n"
    (tree / "control").write_text(f"{about}Depends: libc6 (>= 2.4)\nDescription: a font\n more\n")
    path = folder / "fonts-x_1%3a2.0-3_all.deb"
    subprocess.run(["dpkg-deb", "--build", tree.parent, path], check=True, capture_output=True)
    return path


def a_wheel(folder: Path, *said: str) -> Path:
    path = folder / "one_two-1.0-py3-none-any.whl"
    about = "\n".join(["Metadata-Version: 2.4", "Name: one-two", "Version: 1.0", *said])
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one_two-1.0.dist-info/METADATA", f"{about}\n\nText\n")
    return path


def test_the_folder_of_debs_is_a_source_of_apt(tmp_path):
    found = debs.gather([a_deb(tmp_path)], tmp_path / "debs")
    assert [(one.package, one.version, one.path.name) for one in found] == [
        ("fonts-x", "1:2.0-3", "fonts-x_2.0-3_all.deb")
    ]
    index = (tmp_path / "debs" / "Packages").read_text()
    assert "\nDepends: libc6 (>= 2.4)\n" in index
    assert "\nFilename: ./fonts-x_2.0-3_all.deb\n" in index
    assert f"\nSHA256: {checksums.sha256(found[0].path)}\n" in index


@pytest.mark.parametrize(
    ("said", "licence"),
    [
        (["License-Expression: MIT", "License: other"], "MIT"),
        (["Classifier: License :: OSI Approved :: BSD License"], "BSD License"),
        (["License: Apache 2.0"], "Apache 2.0"),
        ([], ""),
    ],
)
def test_wheels_are_listed_with_hash_and_licence(tmp_path, said, licence):
    path = a_wheel(tmp_path, *said)
    found = wheels.gather(tmp_path)
    assert [(one.package, one.version, one.licence) for one in found] == [
        ("one-two", "1.0", licence)
    ]
    listed = (tmp_path / wheels.LIST).read_text()
    assert listed == f"one-two==1.0 --hash=sha256:{checksums.sha256(path)}\n"


def test_the_manifest_says_what_is_in_it_and_for_which_release(tmp_path):
    of_system = debs.gather([a_deb(tmp_path)], tmp_path / "debs")
    (tmp_path / "wheels").mkdir()
    a_wheel(tmp_path / "wheels")
    told = making.manifest("1-2", "debian-13-amd64", wheels.gather(tmp_path / "wheels"), of_system)
    told = json.loads(json.dumps(told))
    assert (told["version"], told["for"]) == ("1-2", "debian-13-amd64")
    assert told["system"][0]["sha256"] == checksums.sha256(of_system[0].path)
    assert told["python"][0]["path"] == "one_two-1.0-py3-none-any.whl"


def test_the_source_is_built_and_holds_no_tests(tmp_path):
    making.pack_source(tmp_path / "app.tar.gz", tmp_path / "app")
    with tarfile.open(tmp_path / "app.tar.gz") as packed:
        names = set(packed.getnames())
    assert {"manage.py", "homeschool/schema.sql", "deploy/Caddyfile", "pyproject.toml"} <= names
    assert {"locale/zh_Hans/LC_MESSAGES/django.mo", "docs/operations.md"} <= names
    assert {"runtime/server/units/jiaqiao.target", "runtime/server/env.template"} <= names
    assert any(name.startswith("static/dist/") for name in names)
    assert not {name for name in names if name.startswith(("tests", "docs/screens", ".git"))}


def test_a_bundle_is_made_of_a_commit(monkeypatch, tmp_path):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "new").write_text("")
    monkeypatch.setattr(making, "ROOT", tmp_path)
    with pytest.raises(making.Trouble, match="new"):
        making.refuse_unsaved()
    (tmp_path / "new").unlink()
    making.refuse_unsaved()
