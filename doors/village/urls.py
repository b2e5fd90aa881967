from django.urls import path

from doors.village import sign_in_views, views

app_name = "village"
urlpatterns = [
    path("", views.visits, name="list"),
    path("held/", views.held, name="held"),
    path("sign-in/", sign_in_views.sign_in, name="sign_in"),
    path("agreed/<uuid:measure_id>/", views.agreed, name="agreed"),
    path("tonight/<int:pk>/", views.night, name="night"),
    path("<int:pk>/", views.visit, name="visit"),
    path("<int:pk>/worry/", views.worry, name="worry"),
    path("<int:pk>/report/", views.report, name="report"),
]
