from django.urls import URLPattern

app_name = "postcards"
urlpatterns: list[URLPattern] = []
