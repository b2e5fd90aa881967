from django.urls import path

from transfers import family_views

app_name = "family_transfers"
urlpatterns = [path("<int:pk>/", family_views.transfer, name="transfer")]
