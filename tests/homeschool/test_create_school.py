from io import StringIO

import pytest
from django.core.management import CommandError, call_command

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
    with pytest.raises(CommandError):
        call_command("create_school", **(SCHOOL | again), stdout=StringIO())
    assert School.objects.count() == 1
