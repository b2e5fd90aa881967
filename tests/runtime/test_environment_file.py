import stat

from runtime.layout import DataFolder


def test_the_environment_for_commands_is_for_the_owner_only(tmp_path):
    folder = DataFolder(tmp_path)
    folder.keep_environment({"DATABASE_URL": "postgres://postgres@%2Ftmp/x", "SECRET_KEY": "a"})
    path = tmp_path / "environment"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().splitlines() == [
        "DATABASE_URL='postgres://postgres@%2Ftmp/x'",
        "SECRET_KEY='a'",
    ]
