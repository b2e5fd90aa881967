from django.urls import URLPattern

app_name = "family_calls"
urlpatterns: list[URLPattern] = []
