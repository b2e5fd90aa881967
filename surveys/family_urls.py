from django.urls import path

from surveys import family_views as views
from surveys.pulses import family_views as pulses
from surveys.studies import family_views as studies

app_name = "family_surveys"
urlpatterns = [
    path("hear/<str:digest>/<str:language>/", views.hear, name="hear"),
    path("how-i-am/", pulses.carer, name="carer"),
    path("how-i-am/done/", pulses.carer_done, name="carer_done"),
    path("studies/<int:pk>/<int:student_id>/", studies.study, name="study"),
    path("<str:token>/", views.link, name="link"),
]
