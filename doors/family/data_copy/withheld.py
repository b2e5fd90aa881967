"""What a family's copy of the data leaves out, field by field, each with its reason.

Every personal or sensitive field is either in a section or here: a test fails if a field is in neither or in
both. "*" stands for all such fields of a model. Every copy lists the same reasons in the same words, so that
they do not reveal whether such a record exists about this child.
"""

from django.utils.translation import gettext_lazy as _

TRUST, OTHERS, NOTES, STAFF = "trust", "others", "notes", "staff"
SECRET, TRACES, TWICE = "secret", "traces", "twice"

# In the order in which the copy lists them. PIPL Art. 45 gives people their own data, not other people's;
# Minors Protection Law Art. 11 and 63 protect those who report and a child's private messages.
REASONS = {
    TRUST: _(
        "What somebody tells the school in trust, and what the school does about it. This protects every"
        " child who asks for help, and everybody who speaks for a child."
    ),
    OTHERS: _(
        "Data of other people: other adults of the family, other children. Everybody can ask for their own."
    ),
    NOTES: _("The notes and work lists with which teachers prepare what they do."),
    STAFF: _("Data of the people who work at the school."),
    SECRET: _("Passwords, codes and keys: in a file they would let in anyone who finds it."),
    TRACES: _("Technical traces of sending and signing in, which say nothing about the child."),
    TWICE: _("What is already in another part of this copy."),
}
ALL = "*"

_LISTS: dict[str, dict[str, str]] = {
    "accounts.User": {SECRET: "password"},
    "accounts.AccessRecord": {STAFF: "ip_address"},
    "accounts.CredentialEvent": {STAFF: "by", TRACES: "ip_address detail"},
    "api.ApiToken": {STAFF: ALL},
    "api.Agreement": {STAFF: ALL},
    "api.Webhook": {SECRET: "secret former_secret"},
    "schools.Post": {STAFF: ALL},
    "schools.PostOffer": {STAFF: ALL},
    "schools.PasswordReset": {STAFF: ALL},
    "schools.DutyTurn": {STAFF: ALL},
    "dashboards.WeeklyMail": {STAFF: ALL},
    "schools.PutOff": {STAFF: ALL},
    "schools.StaffHours": {STAFF: ALL},
    "students.Student": {
        TWICE: "name_pinyin name_initials",
        SECRET: "entry_key picture_code",
        # Somebody may have told the school this in confidence.
        TRUST: "orphan_basis unsupported_basis single_parent_basis migrant_basis other_care_basis",
    },
    # The address where a child lives now may protect it; the school tells it in person.
    "students.Enrolment": {TRUST: "left_to"},
    "students.Barrier": {TRUST: ALL},
    "guardians.Adult": {
        TWICE: "user name_pinyin merged_into",
        # What others told the school about the reader, and what would show that somebody reported.
        TRUST: "condition blocked_at blocked_by blocked_reason blocked_ground blocked_decision "
        "blocked_decided_on held_by_report reported_by",
    },
    "guardians.ContactPoint": {TWICE: "linked_from", TRACES: "issuer", TRUST: "disputed_at"},
    "guardians.Guardianship": {NOTES: "has_capacity", TRUST: "end_reason"},
    "guardians.EntrustedCare": {
        TRUST: "child_asked_on child_asked_by child_words",
        OTHERS: "disqualifiers",
        NOTES: "state checked_on settled_words",
        STAFF: "recorded_by settled_by",
    },
    "guardians.NearbyAdult": {
        TRUST: "child_wants child_asked_on",
        OTHERS: "willing_on",
        STAFF: "added_by agreed_noted_by child_asked_by village_told_by ended_by",
    },
    "nights.Switch": {STAFF: ALL},
    "nights.NightRule": {STAFF: ALL},
    "nights.Night": {
        TRUST: "is_urgent step concern words",
        OTHERS: "settled_adult",
        STAFF: "started_by settled_by called_off_by",
    },
    "nights.NightEntry": {TRUST: ALL},
    "guardians.LeftAlone": {TRUST: ALL},
    "guardians.CareGap": {TRUST: ALL},
    "guardians.GuardianChange": {OTHERS: ALL},
    "guardians.Merge": {TRACES: ALL},
    "guardians.DifferentAdults": {OTHERS: ALL},
    "guardians.NumberChange": {TWICE: "ways"},
    "guardians.DetailsCheck": {STAFF: "settled_by"},
    "guardians.Contact": {STAFF: "recorded_by"},
    "guardians.ContactDenial": {TRUST: ALL},
    "guardians.SentHome": {STAFF: "recorded_by"},
    # A photo or recording with a note may show or name other children; the teacher can show it.
    "classroom.Observation": {NOTES: "place themes deeds", OTHERS: "photo voice"},
    "classroom.ClassWeek": {STAFF: ALL},
    # A picture with other children is theirs too. It can be seen here but is in nobody's copy.
    "classroom.Picture": {STAFF: "added_by"},
    "classroom.PicturedChild": {TWICE: "consent"},
    "classroom.HomeworkHelp": {
        OTHERS: "somebody",
        STAFF: "staff assigned_by ended_by",
        NOTES: "ending ending_words",
    },
    "classroom.MissedHomework": {STAFF: "noted_by"},
    "classroom.ClassRegister": {STAFF: ALL},
    "classroom.AttendanceMark": {STAFF: "written_by", TWICE: "leave"},
    "classroom.LeaveRequest": {
        OTHERS: "second second_agrees second_at",
        STAFF: "called_by decided_by",
    },
    "calls.CallPlace": {TWICE: "carer"},
    "calls.CallSlot": {TRUST: "child_mood", STAFF: "settled_by"},
    "calls.CallWish": {STAFF: "settled_by"},
    "calls.ToldByPhone": {TRUST: ALL},
    # How the child felt after a call is for the child alone; parents are not told.
    "calls.ThreeThings": {TRUST: "felt felt_at over_at asked_at", STAFF: "asked_by"},
    "calls.CalendarFeed": {SECRET: ALL},
    "visits.Duty": {NOTES: ALL},
    "visits.Visit": {
        NOTES: "outcome facts words",
        TRUST: "reason asked_by",
        STAFF: "goes recorded_by",
    },
    "visits.Agreement": {NOTES: ALL},
    "visits.CallLog": {NOTES: "child_spoke words", STAFF: "called_by"},
    "visits.Meeting": {NOTES: ALL},
    "messaging.CheckInPlan": {NOTES: ALL},
    "messaging.CheckIn": {TRACES: "occasion next_step_at expires_at"},
    "messaging.LadderSettings": {STAFF: ALL},
    "messaging.AdultRhythm": {NOTES: "paused_reason"},
    "messaging.MarkedDate": {NOTES: ALL},
    "messaging.OccasionSeen": {TRACES: ALL},
    "messaging.LadderStep": {TRACES: ALL},
    "messaging.FollowUp": {NOTES: ALL},
    "messaging.Reminder": {NOTES: ALL},
    "delivery.ChannelAccount": {SECRET: ALL},
    "delivery.CountyAccount": {SECRET: ALL},
    "delivery.DeliveryReceipt": {TRACES: ALL},
    "delivery.OutboxMessage": {
        STAFF: "user",
        TWICE: "address payload",
        TRACES: "due_at expires_at sending_at reports_asked_at",
    },
    "delivery.Attempt": {TRACES: ALL},
    "delivery.SignInLink": {SECRET: ALL},
    "delivery.OneTimeCode": {SECRET: ALL},
    "delivery.Invitation": {SECRET: ALL},
    "delivery.Device": {SECRET: "session_key"},
    "delivery.WechatLink": {TRACES: "address app_id"},
    "delivery.DemoPhoneMessage": {TWICE: ALL},
    # That the school rang, and the answer it got, is recorded with the question.
    "delivery.VoiceCall": {TRACES: ALL},
    "delivery.VoiceEvent": {TRACES: ALL},
    # Our own sentences, read by somebody who agreed to that. They are about no child and no adult of the
    # school.
    "delivery.SentenceVoice": {STAFF: ALL},
    "delivery.Settlement": {TRACES: ALL},
    "delivery.LeftOut": {STAFF: ALL},
    "delivery.SendingSwitch": {STAFF: ALL},
    # A message that arrives becomes part of a conversation, or waits in the tray because nobody knows who
    # sent it.
    "delivery.IncomingMedia": {TWICE: ALL},
    "delivery.IncomingMessage": {TWICE: ALL},
    "delivery.PushSubscription": {SECRET: ALL},
    "delivery.WechatPermission": {TRACES: ALL},
    "privacy.Consent": {STAFF: "recorded_by"},
    "privacy.SpokenText": {STAFF: ALL},
    "privacy.PupilWord": {TRUST: ALL},
    "privacy.VillageOverride": {TRUST: ALL},
    "privacy.ConsentAsk": {STAFF: "asked_by"},
    # This is about a file that no longer exists, so nobody has a copy of it to ask for.
    "privacy.Erasure": {TRACES: ALL},
    "privacy.AccessConfirmation": {STAFF: ALL},
    # Purpose and receiver are free text; for one child they may reveal why the school asks for help.
    "privacy.LedgerSent": {STAFF: "made_by", TRUST: "receiver purpose"},
    # It covers many children, is encrypted, and exists for one day.
    "privacy.LedgerFile": {OTHERS: ALL},
    "privacy.LedgerArrival": {STAFF: ALL},
    "privacy.RetentionHold": {TRUST: ALL},
    "privacy.DataRequest": {TRUST: "checked_by checked_at check_note", STAFF: "answered_by"},
    # The row that uses the upload says whose it is and since when.
    "uploads.Upload": {TWICE: ALL},
    "notices.SystemText": {STAFF: ALL},
    "notices.NoticeChild": {TRACES: "family left_out"},
    "notices.Notified": {TRACES: "asked_on asked_times"},
    "notices.NoticeAnswer": {STAFF: "recorded_by"},
    "meetings.MeetingChild": {TWICE: ALL},
    "meetings.MeetingInvitation": {STAFF: "recorded_by"},
    "threads.Thread": {STAFF: "owner", TRACES: "opened_at last_at waiting_since"},
    "threads.ThreadAdult": {TRACES: "joined_at"},
    "threads.ThreadMessage": {NOTES: "calls_for_help"},
    "threads.Sighting": {TRACES: ALL},
    "threads.HandOver": {NOTES: ALL},
    "threads.Reading": {STAFF: ALL},
    "threads.CallBack": {STAFF: "done_by", NOTES: "outcome words"},
    "threads.Routing": {TRACES: ALL},
    "threads.Phrase": {STAFF: ALL},
    "surveys.Edition": {STAFF: ALL},
    "surveys.OwnQuestionnaire": {STAFF: ALL},
    "surveys.InstrumentFile": {STAFF: ALL},
    "surveys.Round": {STAFF: ALL},
    "surveys.PlannedRound": {STAFF: ALL},
    "surveys.Sitting": {STAFF: ALL},
    "surveys.Seat": {
        TRUST: "wants_adult_at asks_for_look looked_at looked_by",
        STAFF: "filled_by",
        TRACES: "begun_at",
    },
    "surveys.Answer": {NOTES: "is_urgent"},
    "surveys.ToDo": {NOTES: ALL},
    "surveys.Pulse": {TRUST: "student asks_for_talk talked_at talked_by", TRACES: "begun_at"},
    "surveys.Study": {STAFF: "opened_by ended_by", SECRET: "salt"},
    "surveys.StudyWord": {STAFF: "recorded_by"},
    "surveys.PastImport": {TRUST: ALL},
    "surveys.PastScore": {TRUST: ALL},
    "reunions.ReunionPlan": {TRUST: "child_expects_on", STAFF: "recorded_by outcome_at outcome_by"},
    "reunions.Watch": {NOTES: ALL},
    "reunions.InfoAsked": {STAFF: "answered_by"},
    "safeguarding.Concern": {TRUST: ALL},
    "safeguarding.ConcernEntry": {TRUST: ALL},
    "safeguarding.Teller": {TRUST: ALL},
    "safeguarding.Report": {TRUST: ALL},
    "safeguarding.Suspect": {TRUST: ALL},
    "safeguarding.ReportEntry": {TRUST: ALL},
    "safeguarding.GuideTick": {TRUST: ALL},
    "safeguarding.WarningRules": {STAFF: ALL},
    "safeguarding.Flag": {TRUST: ALL},
    "counselling.Case": {TRUST: ALL},
    "counselling.CaseConcern": {TRUST: ALL},
    "counselling.CaseEntry": {TRUST: ALL},
    "counselling.CaseReader": {TRUST: ALL},
    "counselling.CaseSession": {TRUST: ALL},
    "counselling.Note": {TRUST: ALL},
    "counselling.NoteDraft": {TRUST: ALL},
    "counselling.CaseTask": {TRUST: ALL},
    "counselling.Attachment": {TRUST: ALL},
    "counselling.AttachmentContent": {TRUST: ALL},
    "counselling.SupportPlan": {TRUST: ALL},
    # The reader's own part of a plan is given in the section on what was agreed with them.
    "counselling.Measure": {STAFF: "user made_by"},
    "counselling.MeasureTick": {STAFF: "by_user", TWICE: "by_adult"},
    "counselling.PlanLook": {TRUST: ALL},
    "counselling.Referral": {TRUST: ALL},
    "counselling.ReferralEntry": {TRUST: ALL},
    "counselling.ReferralCopy": {TRUST: ALL},
    # The school where a child is now may protect it, and so may what that school is told.
    "transfers.Transfer": {
        TRUST: "to_school outside outside_to received_by received_on state answer parts",
        STAFF: "opened_by closed_by",
    },
    "transfers.TransferWord": {STAFF: "recorded_by"},
    "transfers.Arrival": {TRUST: ALL},
    "transfers.PaperPackage": {TRUST: ALL},
    "transfers.PaperRecall": {TRUST: ALL},
    "transfers.Protection": {TRUST: ALL},
    "counselling.PoolSchool": {STAFF: ALL},
    "counselling.PoolMember": {STAFF: ALL},
    "counselling.Brief": {TRUST: ALL},
    "counselling.BriefTold": {TRUST: ALL},
    "counselling.Engagement": {TRUST: ALL},
    # It comes from another office, is about children of many families, and is deleted after some days.
    "rosters.CivilList": {OTHERS: ALL},
    "rosters.RosterImport": {OTHERS: ALL},
    "rosters.RosterResult": {OTHERS: ALL},
    "rosters.Rollover": {STAFF: ALL},
    "rosters.RolloverClass": {STAFF: ALL},
    # The result is in the child's classes, with the reason for leaving. The school tells in person where the
    # child went.
    "rosters.RolloverChild": {TWICE: "student goes left_reason writes", TRUST: "left_to"},
}

WITHHELD: dict[str, dict[str, str]] = {
    model: {name: reason for reason, names in lists.items() for name in names.split()}
    for model, lists in _LISTS.items()
}
