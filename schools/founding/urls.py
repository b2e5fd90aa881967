from django.urls import path

from schools.county_calendar import views as calendar_views
from schools.founding import views
from schools.rollout import views as rollout_views

app_name = "founding"
urlpatterns = [
    path("schools/new/", views.found, name="school"),
    path("schools/<int:pk>/administrator/", views.administrator, name="administrator"),
    path("calendar/", calendar_views.calendar, name="calendar"),
    path("calendar/<int:first_year>/", calendar_views.calendar, name="calendar_of"),
    path("calendar/<int:first_year>/terms/", calendar_views.set_terms, name="set_terms"),
    path("calendar/<int:first_year>/days/", calendar_views.set_days, name="set_days"),
    path("calendar/<int:first_year>/days/off/", calendar_views.take_days_off, name="days_off"),
    path("rollout/", rollout_views.plan, name="rollout"),
    path("rollout/schools/", rollout_views.place, name="rollout_place"),
    path("rollout/waves/new/", rollout_views.add, name="rollout_add"),
    path("rollout/waves/<int:pk>/", rollout_views.change, name="rollout_change"),
    path("rollout/waves/<int:pk>/remove/", rollout_views.remove, name="rollout_remove"),
    path("officers/new/", views.officer, name="officer"),
    path("officers/<int:pk>/end/", views.end_officer, name="end_officer"),
    path("posts/<int:pk>/", views.offer, name="offer"),
    path("posts/<int:pk>/agree/", views.agree, name="agree"),
    path("posts/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("posts/<int:pk>/slip/", views.slip, name="slip"),
]
