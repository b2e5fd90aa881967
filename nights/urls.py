from django.urls import path

from nights import views

app_name = "nights"
urlpatterns = [
    path("tonight/", views.tonight, name="tonight"),
    path("tonight/switch/", views.switch, name="switch"),
    path("tonight/switch/<int:pk>/off/", views.switch_off, name="switch_off"),
    path("tonight/rule/", views.rule, name="rule"),
    path("tonight/<int:pk>/", views.night, name="night"),
    path("tonight/<int:pk>/off/", views.off, name="off"),
    path("tonight/<int:pk>/seen/", views.seen, name="seen"),
    path("children/<int:student_id>/tonight/", views.start, name="start"),
]
