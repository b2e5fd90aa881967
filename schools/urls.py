from django.urls import path

from schools import views
from schools.agreeing import views as agreeing_views
from schools.appointing import views as appointing_views
from schools.duty import views as duty_views
from schools.passwords import views as password_views
from schools.rollout import class_views

app_name = "schools"
urlpatterns = [
    path("", views.settings, name="settings"),
    path("classes/", views.classes, name="classes"),
    path("classes/begin/", class_views.classes, name="class_days"),
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/year/", views.open_year, name="open_year"),
    path("calendar/term/<int:pk>/", views.term, name="term"),
    path("calendar/term/<int:pk>/county/", views.term_of_county, name="term_of_county"),
    path("calendar/day/", views.add_day, name="add_day"),
    path("calendar/day/<int:pk>/remove/", views.remove_day, name="remove_day"),
    path("calendar/period/", views.add_period, name="add_period"),
    path("calendar/period/<int:pk>/remove/", views.remove_period, name="remove_period"),
    path("staff/", views.staff, name="staff"),
    path("staff/new/", appointing_views.add_post, name="add_post"),
    path("staff/offers/<int:pk>/", appointing_views.offer, name="offer"),
    path("staff/<int:pk>/reach/", views.reach, name="reach"),
    path("staff/<int:pk>/invitation/", password_views.invitation, name="invitation"),
    path("staff/<int:pk>/password/", password_views.new_password, name="new_password"),
    path("agreeing/", agreeing_views.agreeing, name="agreeing"),
    path("agreeing/posts/<int:pk>/", agreeing_views.agree_offer, name="agree_offer"),
    path("agreeing/passwords/<int:pk>/", agreeing_views.agree_reset, name="agree_reset"),
    path("duty/", duty_views.duty, name="duty"),
    path("duty/put/", duty_views.duty_put, name="duty_put"),
    path("duty/copy/", duty_views.duty_copy, name="duty_copy"),
    path("duty/hours/", duty_views.duty_hours, name="duty_hours"),
    path("duty/<int:pk>/", duty_views.duty_turn, name="duty_turn"),
    path("duty/<int:pk>/give/", duty_views.duty_give, name="duty_give"),
    path("duty/<int:pk>/swap/", duty_views.duty_swap, name="duty_swap"),
    path("duty/<int:pk>/off/", duty_views.duty_off, name="duty_off"),
]
