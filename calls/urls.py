from django.urls import path

from calls import views
from calls.homes import views as home_views
from calls.things import views as things_views

app_name = "calls"
urlpatterns = [
    path("", views.day, name="day"),
    path("suggest/", views.suggest, name="suggest"),
    path("book/", views.book, name="book"),
    path("<int:pk>/mark/", views.mark, name="mark"),
    path("<int:pk>/undo/", views.undo, name="undo"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("wishes/<int:pk>/", views.settle_wish, name="wish"),
    path("things/<int:pk>/asked/", things_views.asked, name="things_asked"),
    path("home/<int:student_pk>/<int:pk>/", home_views.home, name="home"),
    path("settings/", views.settings, name="settings"),
    path("settings/places/", views.add_place, name="add_place"),
    path("settings/places/<int:pk>/", views.place, name="place"),
    path("settings/places/<int:pk>/switch/", views.switch_place, name="switch_place"),
    path("settings/periods/", views.add_period, name="add_period"),
    path("settings/periods/<int:pk>/remove/", views.remove_period, name="remove_period"),
]
