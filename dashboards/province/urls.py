from django.urls import path

from dashboards.province import views

app_name = "province"
urlpatterns = [
    path("", views.counties, name="counties"),
    path("figures.xlsx", views.figures, name="figures"),
    path("since/", views.since, name="since"),
    path("<str:code>/", views.county, name="county"),
    path("<str:code>/schools/<str:school_code>/", views.school, name="school"),
]
