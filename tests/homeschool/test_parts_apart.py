"""No two parts (folders or top files) of a room import each other: one can be read knowing those below."""

from tests.benchmarks import shape


def mutual_parts() -> set[str]:
    counted = shape.Shape()
    for package in shape.packages():
        for path in shape.sources(package):
            counted.add(path)
    return set(counted.mutual)


def test_no_two_parts_of_a_room_import_each_other():
    assert mutual_parts() == set()


def test_a_pair_is_found_also_where_an_import_stands_inside_a_function(tmp_path, monkeypatch):
    files = {
        "__init__.py": "",
        "upper.py": "from room.lower import rules\n",
        "lower/__init__.py": "",
        "lower/rules.py": "def late():\n    from room import upper\n\n    return upper\n",
        "beside.py": "from room.lower.rules import late\n",
    }
    (tmp_path / "room" / "lower").mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / "room" / name).write_text(text, "utf-8")
    monkeypatch.setattr(shape, "ROOT", tmp_path)
    assert mutual_parts() == {"room: lower ↔ upper"}
