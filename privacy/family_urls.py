from django.urls import path

from privacy import consent_views, spoken_views

app_name = "family_privacy"
urlpatterns = [
    path("consents/", consent_views.consents, name="consents"),
    path("consents/<slug:purpose>/", consent_views.consent, name="own_consent"),
    path("consents/<int:student_id>/<slug:purpose>/", consent_views.consent, name="consent"),
    path("spoken/<int:school_id>/<slug:purpose>/", spoken_views.hear, name="hear"),
    path("receipts/<uuid:receipt>/", consent_views.receipt, name="receipt"),
]
