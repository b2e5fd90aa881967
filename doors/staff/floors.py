"""The floors that tell Today what is waiting and the child page what happened."""

from counselling import queries as counselling
from guardians import timeline as guardians_timeline
from guardians import work as guardians_work
from messaging import queries as messaging
from students import queries as students

WORK = (counselling.work_for, messaging.work_for, guardians_work.work_for)
TIMELINES = (
    students.timeline,
    guardians_timeline.timeline,
    messaging.timeline,
    counselling.timeline,
)
