from django.urls import URLPattern

app_name = "classroom"
urlpatterns: list[URLPattern] = []
