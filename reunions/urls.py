from django.urls import URLPattern

app_name = "reunions"
urlpatterns: list[URLPattern] = []
