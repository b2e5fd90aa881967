from django.urls import path

from schools.duty import views as duty_views
from schools.passwords import views as password_views
from schools.rollout import class_views
from schools.views import agreeing, settings, staff

app_name = "schools"
urlpatterns = [
    path("", settings.settings, name="settings"),
    path("classes/", settings.classes, name="classes"),
    path("classes/begin/", class_views.classes, name="class_days"),
    path("calendar/", settings.calendar, name="calendar"),
    path("calendar/year/", settings.open_year, name="open_year"),
    path("calendar/term/<int:pk>/", settings.term, name="term"),
    path("calendar/term/<int:pk>/county/", settings.term_of_county, name="term_of_county"),
    path("calendar/day/", settings.add_day, name="add_day"),
    path("calendar/day/<int:pk>/remove/", settings.remove_day, name="remove_day"),
    path("calendar/period/", settings.add_period, name="add_period"),
    path("calendar/period/<int:pk>/remove/", settings.remove_period, name="remove_period"),
    path("staff/", staff.staff, name="staff"),
    path("staff/new/", staff.add_post, name="add_post"),
    path("staff/offers/<int:pk>/", staff.offer, name="offer"),
    path("staff/<int:pk>/reach/", staff.reach, name="reach"),
    path("staff/<int:pk>/invitation/", password_views.invitation, name="invitation"),
    path("staff/<int:pk>/password/", password_views.new_password, name="new_password"),
    path("agreeing/", agreeing.agreeing, name="agreeing"),
    path("agreeing/posts/<int:pk>/", agreeing.agree_offer, name="agree_offer"),
    path("agreeing/passwords/<int:pk>/", agreeing.agree_reset, name="agree_reset"),
    path("duty/", duty_views.duty, name="duty"),
    path("duty/put/", duty_views.duty_put, name="duty_put"),
    path("duty/copy/", duty_views.duty_copy, name="duty_copy"),
    path("duty/hours/", duty_views.duty_hours, name="duty_hours"),
    path("duty/<int:pk>/", duty_views.duty_turn, name="duty_turn"),
    path("duty/<int:pk>/give/", duty_views.duty_give, name="duty_give"),
    path("duty/<int:pk>/swap/", duty_views.duty_swap, name="duty_swap"),
    path("duty/<int:pk>/off/", duty_views.duty_off, name="duty_off"),
]
