from django.urls import URLPattern

app_name = "family_privacy"
urlpatterns: list[URLPattern] = []
