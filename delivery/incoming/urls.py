from django.urls import path

from delivery.incoming import views as hook_views

app_name = "hooks"
urlpatterns = [path("<int:pk>/<uuid:key>/", hook_views.report, name="report")]
