from django.urls import URLPattern

app_name = "family_reunions"
urlpatterns: list[URLPattern] = []
