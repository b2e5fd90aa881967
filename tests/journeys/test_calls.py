"""B7 in the browser: the school offers times, a parent books without script, the phone room settles,
a face afterwards; and of two parents who want one time, one is told kindly.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from calls.models import CallSlot
from guardians.models import Contact
from tests.factories.calls import make_phone, make_slot, open_afternoons
from tests.journeys.conftest import (
    DESK,
    PHONE,
    double_labels,
    enter,
    sign_in,
    sound,
    spilling,
    too_wide,
    two_sizes,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def family(open_browser, user, **options):
    """A parent's phone that is signed in; how one comes in is another journey."""
    page = open_browser(PHONE, **options)
    enter(page, user)
    return page


def test_from_an_offered_time_to_a_face_afterwards(cast, open_browser, settings):
    desk = open_browser(DESK)
    sign_in(desk, "admin")
    desk.goto("/call-slots/settings/")
    desk.fill("[name=name]", "值班室电话")
    desk.fill("[name=how_to_join]", "0935-5112233")
    desk.locator("form[action$='/places/'] button").click()
    for day in desk.locator("[name=weekdays]").all():
        day.check()
    desk.fill("[name=starts]", "09:00")
    desk.fill("[name=ends]", "19:00")
    desk.locator("form[action$='/periods/'] button").click()
    assert desk.locator(".is-period").count() == 1
    sound(desk)

    child = cast.students["mengyao"]
    phone = family(open_browser, cast.users["mother"], script=False)
    phone.goto(f"/f/calls/{child.pk}/")
    phone.locator(".hours label").nth(1).click()
    phone.locator("button.btn").last.click()
    assert re.search(r"/f/calls/\d+/done/$", phone.url)
    assert "0935-5112233" in phone.content()
    slot = CallSlot.objects.get()

    CallSlot.objects.update(
        starts_at=timezone.now() - timedelta(minutes=10),
        ends_at=timezone.now() + timedelta(minutes=10),
    )
    on = timezone.localtime(CallSlot.objects.get().starts_at).date().isoformat()
    desk.goto(f"/call-slots/?on={on}")
    assert "徐梦瑶" in desk.locator(".call").inner_text()
    desk.locator("button[value=running]").click()
    desk.locator("button[value=done]").click()
    assert Contact.objects.get(source_key=f"call-slot:{slot.pk}").reported_by == "staff"
    sound(desk)
    assert desk.problems == []
    desk.locator(".say-bar form button").click()
    assert Contact.objects.get().retracted_at is not None
    desk.locator("button[value=done]").click()

    phone.goto(f"/f/calls/{child.pk}/mood/")
    phone.locator(".faces label").first.click()
    phone.locator("button.btn").click()
    slot.refresh_from_db()
    assert slot.mood == 1


def test_of_two_parents_one_is_told_kindly(cast, open_browser):
    place = make_phone(cast.school)
    open_afternoons(place, weekdays=list(range(7)), starts="09:00", ends="19:00")
    pages = []
    for who, child in (("mother", "mengyao"), ("other_mother", "haitao")):
        page = family(open_browser, cast.users[who])
        page.goto(f"/f/calls/{cast.students[child].pk}/")
        page.locator(".hours label").first.click()
        pages.append(page)
    for page in pages:
        page.locator("form.times button.btn").click()
        page.wait_for_load_state()
    assert CallSlot.objects.count() == 1
    loser = pages[1]
    assert loser.locator(".field-error").count() == 1
    loser.problems.clear()  # a 422 is written to the console
    sound(loser)
    assert loser.problems == []
    loser.locator(".hours label").first.click()
    loser.locator("form.times button.btn").click()
    loser.wait_for_url("**/done/")
    assert CallSlot.objects.count() == 2


@two_sizes
def test_every_page_is_sound(cast, open_browser, settings, viewport, language):
    place = make_phone(cast.school)
    open_afternoons(place, weekdays=list(range(7)), starts="09:00", ends="19:00")
    # Counts for screen readers stand beside days that are scrolled out of sight.
    for day in range(6):
        at = timezone.now() + timedelta(days=day)
        make_slot(place, cast.students["mengyao"], cast.adults["mother"], at)
    desk = open_browser(viewport, language=language)
    sign_in(desk, "admin")
    for path in ("", "suggest/", "settings/", f"settings/places/{place.pk}/", "../calendar/"):
        desk.goto(f"/call-slots/{path}")
        sound(desk)
        double_labels(desk, "main")
        assert spilling(desk, "main .btn", ".btn") == [], path
        assert too_wide(desk) == [], path
    mother = cast.adults["mother"]
    mother.language = language
    mother.save()
    phone = family(open_browser, cast.users["mother"], language=language)
    phone.set_viewport_size(viewport)
    child = cast.students["mengyao"].pk
    for path in ("", "done/", "none/", "sent/", "calendar/"):
        phone.goto(f"/f/calls/{child}/{path}")
        sound(phone)
    phone.goto("/f/calendar/")
    sound(phone)
    assert desk.problems == phone.problems == []
