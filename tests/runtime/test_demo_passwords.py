import pytest

from runtime.database_state import state
from runtime.demo_passwords import set_passwords
from schools.models import County
from schools.roles import Role
from tests.factories.cast import PASSWORD, make_post, make_school, make_user

pytestmark = pytest.mark.django_db
NEW = "another-password"


@pytest.fixture
def counties():
    demo, real = County.objects.create(name="演示县"), County.objects.create(name="古浪县")
    return {
        "demo": (demo, make_school(demo, "演示小学", "1", is_demo=True)),
        "real": (real, make_school(real, "黄羊川中心小学", "2")),
    }


def has_new_password(user, posts=()):
    for fields in posts:
        make_post(user, **fields)
    set_passwords({user.username: NEW})
    user.refresh_from_db()
    assert user.check_password(NEW) != user.check_password(PASSWORD)
    return user.check_password(NEW)


@pytest.mark.parametrize(("where", "changes"), [("demo", True), ("real", False)])
def test_only_accounts_of_demo_schools_change(counties, where, changes):
    county, school = counties[where]
    teacher, officer = make_user("zhanglihua", "张丽华"), make_user("wangqiang", "王强")
    post = {"role": Role.PRINCIPAL, "school": school}
    assert has_new_password(teacher, [post]) is changes
    assert has_new_password(officer, [{"role": Role.COUNTY_OFFICER, "county": county}]) is changes


def test_a_post_at_a_real_school_protects(counties):
    posts = [{"role": Role.PRINCIPAL, "school": school} for _, school in counties.values()]
    assert has_new_password(make_user("majianguo", "马建国"), posts) is False


def test_an_account_without_a_post_is_left_alone():
    assert has_new_password(make_user("chenmin", "陈敏")) is False


def test_the_state_tells_an_empty_database_and_a_demo(counties):
    assert state() | {"empty": False, "demo": True} == state()
    for _, school in counties.values():
        school.delete()
    assert state() | {"empty": True, "demo": False} == state()
