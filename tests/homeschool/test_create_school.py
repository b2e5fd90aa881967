import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from homeschool.management.commands.create_school import Command
from schools.models import Post, School, Term
from schools.roles import Role

pytestmark = pytest.mark.django_db
SCHOOL = {
    "county": "古浪县",
    "name": "黄羊川中心小学",
    "code": "62062201",
    "admin": "周玲",
    "login": "13909350001",
}


def test_a_school_begins_with_its_year_and_an_invitation(client):
    said = StringIO()
    call_command("create_school", **SCHOOL, stdout=said)
    school = School.objects.get(code="62062201")
    assert not school.is_demo
    assert Term.objects.filter(year__school=school).count() == 2
    assert Post.objects.get(school=school).role == Role.SCHOOL_ADMIN
    path = said.getvalue().split("8000")[1].strip()
    assert b"password1" in client.get(path, follow=True).content


@pytest.mark.parametrize("again", [{"code": "other"}, {"login": "13909350002"}])
def test_a_second_one_with_the_same_code_or_number_is_refused(again):
    call_command("create_school", **SCHOOL, stdout=StringIO())
    with pytest.raises(CommandError, match="已经"):
        call_command("create_school", **(SCHOOL | again), stdout=StringIO())
    assert School.objects.count() == 1


@pytest.mark.parametrize(
    ("lang", "asked", "words"),
    [
        ("", {}, "三天内打开这个网址"),
        ("C.UTF-8", {}, "三天内打开这个网址"),
        ("en_US.UTF-8", {}, "Open this address within three days"),
        ("en_US.UTF-8", {"language": "zh-hans"}, "三天内打开这个网址"),
        ("zh_CN.UTF-8", {"language": "en"}, "Open this address within three days"),
    ],
)
def test_it_speaks_the_language_asked_for_and_else_the_terminal_s(monkeypatch, lang, asked, words):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", lang)
    said = StringIO()
    call_command("create_school", **SCHOOL, **asked, stdout=said)
    assert words in said.getvalue()
    with pytest.raises(CommandError) as refused:
        call_command("create_school", **SCHOOL, **asked, stdout=said)
    is_english = words.startswith("Open")
    assert ("already a school with this code" in str(refused.value)) == is_english


@pytest.mark.parametrize(("lang", "words"), [("zh_CN.UTF-8", "打印邀请"), ("en_GB", "prints the")])
def test_its_help_and_what_is_missing_too(monkeypatch, capsys, lang, words):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", lang)
    Command().print_help("manage.py", "create_school")
    assert words in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["manage.py", "create_school", "--code", "1"])
    with pytest.raises(SystemExit):
        Command().run_from_argv(sys.argv)
    assert ("Please give --county" in (said := capsys.readouterr().err)) == (words == "prints the")
    assert ("还要写上 --county" in said) == (words != "prints the")
