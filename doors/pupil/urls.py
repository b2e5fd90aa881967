from django.urls import URLPattern

app_name = "pupil"
urlpatterns: list[URLPattern] = []
