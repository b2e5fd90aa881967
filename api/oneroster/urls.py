from django.urls import path

from api.oneroster.views import list_of, list_within, one_of
from api.oneroster.within import WITHIN

app_name = "oneroster"
# Without a trailing slash, as in the standard.
urlpatterns = [
    path("orgs", list_of("orgs").as_view(), name="orgs"),
    path("orgs/<str:key>", one_of("orgs").as_view(), name="org"),
    path("schools", list_of("schools").as_view(), name="schools"),
    path("schools/<str:key>", one_of("schools").as_view(), name="school"),
    path("academicSessions", list_of("academicSessions").as_view(), name="academic_sessions"),
    path(
        "academicSessions/<str:key>",
        one_of("academicSessions").as_view(),
        name="academic_session",
    ),
    path("terms", list_of("terms").as_view(), name="terms"),
    path("terms/<str:key>", one_of("terms").as_view(), name="term"),
    path("gradingPeriods", list_of("gradingPeriods").as_view(), name="grading_periods"),
    path("courses", list_of("courses").as_view(), name="courses"),
    path("courses/<str:key>", one_of("courses").as_view(), name="course"),
    path("classes", list_of("classes").as_view(), name="classes"),
    path("classes/<str:key>", one_of("classes").as_view(), name="class"),
    path("students", list_of("students").as_view(), name="students"),
    path("students/<str:key>", one_of("students").as_view(), name="student"),
    path("teachers", list_of("teachers").as_view(), name="teachers"),
    path("teachers/<str:key>", one_of("teachers").as_view(), name="teacher"),
    path("users", list_of("users").as_view(), name="users"),
    path("users/<str:key>", one_of("users").as_view(), name="user"),
    path("enrollments", list_of("enrollments").as_view(), name="enrollments"),
    path("enrollments/<str:key>", one_of("enrollments").as_view(), name="enrollment"),
    *(path(one.route, list_within(one).as_view(), name=one.name) for one in WITHIN),
]
