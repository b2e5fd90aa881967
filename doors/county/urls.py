from django.urls import path

from doors.county import views

app_name = "county"
urlpatterns = [path("", views.set_up, name="set_up")]
