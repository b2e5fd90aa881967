"""A client that a program made from the description: it is generated, imported and used against a server."""

import importlib
import json
import subprocess
import sys
from uuid import uuid4

import pytest

from api.description.document import document
from classroom.models import AttendanceMark
from tests.factories.api import make_token, school_today

NAME = "made_client"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Modules of the client by their names."""
    described, settings = tmp_path / "described.json", tmp_path / "settings.yml"
    described.write_text(json.dumps(document("en")))
    settings.write_text("post_hooks: []\n")  # it would be made pretty
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    paths = ["--path", described, "--output-path", tmp_path / NAME, "--config", settings]
    done = subprocess.run([*command, *paths], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stdout + done.stderr
    monkeypatch.syspath_prepend(tmp_path)
    yield lambda name: importlib.import_module(f"{NAME}.{name}")
    for name in [one for one in sys.modules if one.partition(".")[0] == NAME]:
        del sys.modules[name]


@pytest.mark.django_db(transaction=True)
def test_it_writes_and_reads_attendance(cast, made, live_server):
    day, secret = school_today(cast), make_token(cast)
    rows = [
        {"student": str(cast.students[key].pk), "day": day, "mark": mark}
        for key, mark in (("mengyao", "absent"), ("xiaobao", "present"))
    ]
    models, create = made("models"), made("api.attendance.attendance_create")
    retrieve = made("api.attendance.attendance_retrieve")
    body = models.AttendanceIn.from_dict({"rows": rows})
    with made("client").AuthenticatedClient(base_url=live_server.url, token=secret) as client:
        saved = create.sync(client=client, body=body, idempotency_key=str(uuid4()))
        told = retrieve.sync(client=client, class_=str(cast.school_class.pk), day=day)
        refused = retrieve.sync_detailed(client=client, class_=str(cast.far_class.pk), day=day)
    assert (saved.received, saved.changed, saved.kept) == (2, 1, 0)
    assert AttendanceMark.objects.get().student == cast.students["mengyao"]
    assert {row.student: row.mark for row in told.rows} == {
        row["student"]: row["mark"] for row in rows
    }
    assert (refused.status_code, refused.parsed.status) == (404, 404)
    assert isinstance(refused.parsed, models.Problem)
