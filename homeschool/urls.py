"""The front doors: staff at /, families at /f/, pupils at /p/, the village worker at /v/."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from accounts import language_views
from homeschool.metrics import metrics
from homeschool.views import (
    family_offline_page,
    family_worker,
    healthz,
    icon,
    offline_page,
    offline_state,
    seat_worker,
    service_worker,
)

handler404 = "homeschool.views.not_found"
handler500 = "homeschool.views.broken"
urlpatterns: list[URLPattern | URLResolver] = [
    # Django tries patterns in order; most visits go to these.
    path("f/c/", include("messaging.family_urls")),
    path("f/sw.js", family_worker, name="family_worker"),
    path("f/offline/", family_offline_page, name="family_offline_page"),
    path("f/", include("doors.family.urls")),
    path("f/messages/", include("threads.family_urls")),
    path("f/school/", include("classroom.family_urls")),
    path("f/notices/", include("notices.family_urls")),
    path("f/learn/", include("learning.family_urls")),
    path("f/meetings/", include("meetings.family_urls")),
    path("f/surveys/", include("surveys.family_urls")),
    path("f/calls/", include("calls.family_urls")),
    path("f/tonight/", include("nights.family_urls")),
    path("f/reunions/", include("reunions.family_urls")),
    path("f/postcards/", include("postcards.family_urls")),
    path("f/transfers/", include("transfers.family_urls")),
    path("f/privacy/", include("privacy.family_urls")),
    path("f/wechat/", include("doors.family.weixin.urls")),
    path("p/sw.js", seat_worker, name="seat_worker"),
    path("p/", include("doors.pupil.urls")),
    path("p/", include("surveys.seat_urls")),
    # Below a name of their own first: Django tries all patterns of an include without one.
    path("check-ins/", include("messaging.urls")),
    path("check-ins/", include("delivery.urls")),
    path("messages/", include("threads.urls")),
    path("notices/", include("notices.urls")),
    path("learning/", include("learning.urls")),
    path("meetings/", include("meetings.urls")),
    path("class/", include("classroom.urls")),
    path("visits/", include("visits.urls")),
    path("call-slots/", include("calls.urls")),
    path("reunions/", include("reunions.urls")),
    path("privacy/", include("privacy.urls")),
    path("concerns/", include("safeguarding.urls")),
    path("concerns/", include("counselling.urls")),
    path("rosters/", include("rosters.urls")),
    path("surveys/", include("surveys.urls")),
    path("dashboard/", include("dashboards.urls")),
    path("province/", include("dashboards.province.urls")),
    path("county/", include("doors.county.urls")),
    path("county/", include("schools.founding.urls")),
    path("county/accounts/", include("delivery.county_urls")),
    path("settings/", include("schools.urls")),
    path("ims/oneroster/rostering/v1p2/", include("api.oneroster.urls")),
    path("", include("doors.staff.urls")),
    path("", include("students.urls")),
    path("", include("guardians.urls")),
    path("", include("transfers.urls")),
    path("", include("nights.urls")),
    path("", include("api.urls")),
    path("v/", include("doors.village.urls")),
    # Not allauth.urls: families link WeChat at their own door, and nobody signs up with a social account.
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("doors.staff.account_urls")),
    path("accounts/", include("schools.passwords.urls")),
    path("accounts/second-step/", include("accounts.second_factor.urls")),
    path("hooks/", include("delivery.hook_urls")),
    path("favicon.ico", icon, name="icon"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("sw.js", service_worker, name="service_worker"),
    path("offline/", offline_page, name="offline_page"),
    path("offline/state/", offline_state, name="offline_state"),
    path("i18n/setlang/", language_views.choose, name="set_language"),
]
if settings.DEBUG:
    from demo.styleguide import urlpatterns as styleguide_urls

    urlpatterns += styleguide_urls
