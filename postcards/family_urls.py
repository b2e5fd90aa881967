from django.urls import URLPattern

app_name = "family_postcards"
urlpatterns: list[URLPattern] = []
