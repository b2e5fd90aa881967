from django.urls import path

from api.agreements import views as agreements
from api.description import views as description
from api.tokens import views as tokens
from api.v1 import views as v1
from api.v1.check_ins import views as check_ins
from api.v1.contacts import views as contacts
from api.v1.events import views as events
from api.v1.messages import views as family
from api.v1.observations import views as observations
from api.v1.roster import views as roster
from api.v1.surveys import views as surveys
from api.webhooks import views as webhooks

app_name = "api"
urlpatterns = [
    path("api/docs/", description.docs, name="docs"),
    path("api/v1/schema/", description.schema, name="schema"),
    path("api/v1/figures/", v1.Figures.as_view(), name="figures"),
    path("api/v1/figures/definitions/", v1.Definitions.as_view(), name="definitions"),
    path("api/v1/attendance/", v1.Attendance.as_view(), name="attendance"),
    path("api/v1/contacts/", contacts.Contacts.as_view(), name="contacts"),
    path("api/v1/check-ins/", check_ins.CheckIns.as_view(), name="check_ins"),
    path("api/v1/calls/", check_ins.Calls.as_view(), name="calls"),
    path("api/v1/observations/", observations.Observations.as_view(), name="observations"),
    path("api/v1/message-texts/", family.Texts.as_view(), name="message_texts"),
    path("api/v1/messages/", family.Messages.as_view(), name="messages"),
    path("api/v1/messages/<str:key>/", family.Message.as_view(), name="message"),
    path("api/v1/events/", events.Events.as_view(), name="events"),
    path("api/v1/lessons/", events.Lessons.as_view(), name="lessons"),
    path("api/v1/surveys/rounds/", surveys.Rounds.as_view(), name="survey_rounds"),
    path("api/v1/surveys/rounds/<str:key>/", surveys.Progress.as_view(), name="survey_progress"),
    path("api/v1/surveys/responses/", surveys.Responses.as_view(), name="survey_responses"),
    path("api/v1/roster/", roster.Jobs.as_view(), name="roster_jobs"),
    path("api/v1/roster/<str:key>/", roster.Job.as_view(), name="roster_job"),
    path("api/v1/roster/<str:key>/apply/", roster.Apply.as_view(), name="roster_apply"),
    path("systems/", agreements.agreements, name="agreements"),
    path("systems/<int:pk>/agree/", agreements.agree, name="agree"),
    path("systems/agreements/<int:pk>/end/", agreements.take_back, name="agreement_end"),
    path("settings/systems/", tokens.tokens, name="tokens"),
    path("settings/systems/new/", tokens.new, name="token_new"),
    path("settings/systems/<int:pk>/end/", tokens.end, name="token_end"),
    path("settings/systems/<int:pk>/webhook/", webhooks.webhook, name="webhook"),
    path("settings/systems/<int:pk>/webhook/edit/", webhooks.edit, name="webhook_edit"),
    path("settings/systems/<int:pk>/webhook/secret/", webhooks.renew_secret, name="webhook_secret"),
    path("settings/systems/<int:pk>/webhook/stop/", webhooks.stop, name="webhook_stop"),
    path("settings/systems/<int:pk>/webhook/test/", webhooks.try_out, name="webhook_test"),
    path("settings/systems/deliveries/<int:pk>/again/", webhooks.send_again, name="webhook_again"),
]
