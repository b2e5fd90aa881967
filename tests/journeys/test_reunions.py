"""B8 and the family's side of B4 in the browser: a mother plans her journey without a script, the school
looks after the child around the parting, and a grandmother says in one tap that they talked.
"""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from guardians.models import Contact
from reunions.models import ReunionPlan
from safeguarding import actions as safeguarding
from safeguarding.models import Concern
from tests.factories.cast import make_user
from tests.factories.reunions import make_season
from tests.journeys.conftest import (
    DESK,
    PHONE,
    enter,
    look,
    sign_in,
    sound,
)

# Words of the round table of which a corner lies outside the seat or the ring that they stand in.
BEYOND_THEIR_CIRCLE = """() => {
  const inside = (text, circle) => {
    const box = text.getBBox(), at = one => circle.getAttribute(one) * 1;
    return [0, 1].every(a => [0, 1].every(b =>
      Math.hypot(box.x + a * box.width - at('cx'), box.y + b * box.height - at('cy')) <= at('r') + 3));
  };
  const all = of => [...document.querySelectorAll(of)];
  const its = text => text.matches('.d') ? all('.table .top-i')[0] : all('.table .seat').find(seat =>
    ['x', 'y'].every(at => seat.getAttribute('c' + at) === text.getAttribute(at)));
  return all('.table .s, .table .d').filter(text => !inside(text, its(text))).map(text => text.textContent);
}"""

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(cast):
    made = cast
    carer = made.adults["grandmother"]
    carer.user = made.users["grandmother"] = make_user("family-carer", carer.name)
    carer.save()
    return made


@pytest.fixture
def phone_of(cast, open_browser):
    """phone_of("mother") → her phone, signed in."""

    def make(who, **options):
        page = open_browser(PHONE, **options)
        enter(page, cast.users[who])
        return page

    return make


def test_b8_from_the_ticket_to_the_days_after_the_parting(cast, phone_of, open_browser):
    today, child = timezone.localdate(), cast.students["mengyao"]
    first, last = today - timedelta(days=20), today + timedelta(days=10)
    make_season(cast, starts_on=first, ends_on=last, feast_on=today - timedelta(days=10))
    arrives, leaves = today - timedelta(days=12), today - timedelta(days=3)

    phone = phone_of("mother", script=False)
    phone.goto(f"/f/reunions/{child.pk}/")
    phone.locator("a.btn").first.click()
    phone.check("[name=travel][value=comes]")
    phone.fill("[name=arrives_on]", "2100-01-30")
    phone.locator("main button.btn").click()
    assert phone.locator("#id_arrives_on_error").count() == 1
    assert not ReunionPlan.objects.exists()
    phone.fill("[name=arrives_on]", arrives.isoformat())
    phone.fill("[name=leaves_on]", leaves.isoformat())
    phone.locator("main button.btn").click()
    assert phone.locator(".seat.set").count() == 1

    desk = open_browser(DESK)
    sign_in(desk, "teacher")
    desk.goto("/reunions/")
    sound(desk)
    desk.get_by_role("link", name="后来怎么样？").first.click()
    desk.check("[name=outcome][value=happened]")
    desk.locator("main button[type=submit], main form button.btn-primary").first.click()
    plan = ReunionPlan.objects.get()
    assert plan.outcome == "happened"

    watch = plan.watches.get(step=3)
    desk.goto(f"/reunions/watches/{watch.pk}/")
    desk.check("[name=seen][value=worrying]")
    desk.fill("[name=words]", "三天没怎么吃饭")
    desk.locator("main button[type=submit], main form button.btn-primary").first.click()
    safeguarding.run_intake(timezone.now())
    assert Concern.objects.get().words == "三天没怎么吃饭"


def test_b4_a_grandmother_says_it_in_one_tap_and_takes_it_back(cast, phone_of):
    child = cast.students["mengyao"]
    phone = phone_of("grandmother", script=False)
    phone.goto("/f/")
    phone.locator(f"a[href='/f/calls/{child.pk}/talked/']").first.click()
    phone.locator("button[value=today]").click()
    assert Contact.objects.get().reported_by == "carer"
    phone.locator("form button.line").click()
    assert Contact.objects.get().retracted_at is not None


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_are_sound(cast, phone_of, language):
    make_season(
        cast, starts_on=date(2027, 1, 23), ends_on=timezone.localdate() + timedelta(days=200)
    )
    child = cast.students["mengyao"].pk
    for who in ("mother", "grandmother"):
        cast.adults[who].language = language
        cast.adults[who].save()
        phone = phone_of(who, language=language)
        paths = [f"reunions/{child}/", f"calls/{child}/talked/"]
        paths += [
            f"reunions/{child}/living-together/",
            f"reunions/{child}/living-together/register/",
        ]
        if who == "mother":
            paths.append(f"reunions/{child}/plan/")
        for path in paths:
            phone.goto(f"/f/{path}")
            sound(phone)
        phone.goto(f"/f/reunions/{child}/")
        look(phone, f"reunion-{who}-{language}")
        assert phone.evaluate(BEYOND_THEIR_CIRCLE) == []
