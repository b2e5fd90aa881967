from django.urls import URLPattern

app_name = "check_in"
urlpatterns: list[URLPattern] = []
