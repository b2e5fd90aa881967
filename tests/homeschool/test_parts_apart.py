"""No two parts (folders or top files) of a room import each other: one can be read knowing those below."""

from tests.benchmarks import shape

# Pairs that are being resolved; no other may be added.
STILL_MUTUAL = {
    "api: agreements ↔ tokens",
    "calls: homes ↔ joining",
    "calls: joining ↔ messages",
    "counselling: attachments ↔ cases",
    "counselling: cases ↔ plans",
    "counselling: cases ↔ pool",
    "counselling: cases ↔ referrals",
    "counselling: pool ↔ referrals",
    "counselling: received ↔ referrals",
    "delivery: actions ↔ channels",
    "delivery: actions ↔ incoming",
    "delivery: actions ↔ shared",
    "delivery: actions ↔ sign_in",
    "delivery: channels ↔ forms",
    "delivery: channels ↔ presenters",
    "delivery: channels ↔ queries",
    "delivery: channels ↔ shared",
    "delivery: channels ↔ voice",
    "delivery: dispatch ↔ kinds",
    "delivery: dispatch ↔ voice",
    "delivery: presenters ↔ shared",
    "guardians: blocking ↔ ties",
    "messaging: actions ↔ plans",
    "messaging: family ↔ presenters",
    "messaging: ladder ↔ queries",
    "messaging: plans ↔ presenters",
    "messaging: plans ↔ queries",
    "schools: actions ↔ county_calendar",
    "schools: agreeing ↔ appointing",
    "schools: agreeing ↔ passwords",
    "schools: appointing ↔ forms",
    "schools: appointing ↔ passwords",
    "schools: appointing ↔ views",
    "schools: county_calendar ↔ founding",
    "schools: founding ↔ rollout",
    "schools: passwords ↔ views",
}


def mutual_parts() -> set[str]:
    counted = shape.Shape()
    for package in shape.packages():
        for path in shape.sources(package):
            counted.add(path)
    return set(counted.mutual)


def test_no_two_parts_of_a_room_import_each_other():
    assert mutual_parts() <= STILL_MUTUAL


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
