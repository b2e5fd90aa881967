"""Classifies how much each stored field says about a person. A field that is not listed fails a test.

plain: about nobody. personal: about somebody. sensitive: about a child under 14, health, the family's
situation, or something said in confidence (PIPL Art. 28, 31).
"""

PLAIN, PERSONAL, SENSITIVE = "plain", "personal", "sensitive"

_LISTS: dict[str, dict[str, str]] = {
    "accounts.User": {
        PLAIN: "id is_superuser is_active is_staff session_epoch",
        PERSONAL: "password last_login username name phone email language joined_at",
    },
    "accounts.AccessRecord": {
        PLAIN: "id chain number seal school_id what at",
        PERSONAL: "user student_id ip_address",
    },
    "accounts.ChainHead": {
        PLAIN: "chain number seal",
    },
    "accounts.CredentialEvent": {
        PLAIN: "id chain number seal at kind school_id",
        PERSONAL: "user by ip_address detail",
    },
    "accounts.AttemptCount": {
        PLAIN: "id what key count ends_at",
    },
    "api.ApiToken": {
        PLAIN: (
            "id school name digest scopes networks made_at made_on expires_on form_key last_used_at "
            "revoked_at stopped_told_at warned_at"
        ),
        PERSONAL: "account made_by revoked_by",
    },
    "api.Agreement": {
        PLAIN: "id token scope study at ended_at",
        PERSONAL: "by ended_by",
    },
    "api.Webhook": {
        PLAIN: "id token address told_of former_until made_at stopped_at stopped_because",
        SENSITIVE: "secret former_secret",
    },
    "api.WebhookChange": {
        PLAIN: "id webhook event at",
    },
    "api.WebhookDelivery": {
        PLAIN: (
            "id webhook key event happened_at state due_at attempts leased_until last_answer ended_at"
        ),
    },
    "api.KeptAnswer": {
        PLAIN: "id token key digest status body kept_at",
    },
    "schools.County": {
        PLAIN: "id name",
    },
    "schools.School": {
        PLAIN: (
            "id county name code phone time_zone is_demo check_in_every_days hotlines "
            "sending_started_at sending_stopped_at duty_day_from duty_night_from"
        ),
    },
    "schools.SchoolYear": {
        PLAIN: "id school starts_on ends_on",
    },
    "schools.Term": {
        PLAIN: "id year season starts_on ends_on is_own",
    },
    "schools.Grade": {
        PLAIN: "id year number",
    },
    "schools.SchoolClass": {
        PLAIN: "id school grade number name door_code",
    },
    "schools.CalendarDay": {
        PLAIN: "id school on kind name is_seeded of_county",
    },
    "schools.CountyTerm": {
        PLAIN: "id county first_year season starts_on ends_on set_by set_at",
    },
    "schools.CountyDay": {
        PLAIN: "id county on kind name set_by set_at",
    },
    "schools.Wave": {
        PLAIN: "id county name starts_on set_by set_at",
    },
    "schools.WaveSchool": {
        PLAIN: "id school wave placed_by placed_at",
    },
    "schools.ClassStart": {
        PLAIN: "id school school_class starts_on placed_by placed_at",
    },
    "schools.TimetablePeriod": {
        PLAIN: "id school name starts ends",
    },
    "schools.Post": {
        PLAIN: "id role school county school_class is_duty starts_on ends_on",
        PERSONAL: "user village record_checked_on",
    },
    "schools.PostOffer": {
        PLAIN: (
            "id school county role school_class is_duty starts_on asked_at needs_owner accepted_at "
            "needs_second agreed_at salt failed_attempts outcome closed_at"
        ),
        PERSONAL: "village user username name phone email asked_by agreed_by record_checked_on",
    },
    "schools.PasswordReset": {
        PLAIN: "id school needs_county asked_at agreed_at salt failed_attempts closed_at",
        PERSONAL: "user asked_by agreed_by",
    },
    "schools.DutyTurn": {
        PLAIN: "id school on part starts_at ends_at put_at off_at",
        PERSONAL: "user put_by off_by",
    },
    "schools.PutOff": {
        PLAIN: "id work_key until_on at",
        PERSONAL: "user",
    },
    "students.Student": {
        PLAIN: "id school",
        PERSONAL: (
            "name name_pinyin name_initials sex student_number is_boarding dormitory "
            "address village journey strengths created_at boards_since lives_there_since "
            "journey_by journey_minutes journey_km journey_with journey_dangers journey_since "
            "entry_key"
        ),
        SENSITIVE: (
            "born_on id_number health wish picture_code ethnicity illness allergies disability "
            "disability_level is_insured is_vaccinated checked_up_on is_registered registered_at "
            "registration has_city_schooling has_residence_permit city_schooling assistance "
            "wish_kind wish_obstacle wish_since orphan_since orphan_basis unsupported_since "
            "unsupported_basis single_parent_since single_parent_basis migrant_since migrant_basis "
            "other_care_since other_care_basis care_plan care_plan_review_on"
        ),
    },
    "students.Enrolment": {
        PLAIN: "id school school_class starts_on ends_on",
        PERSONAL: "student left_reason left_to",
    },
    "students.Barrier": {
        PLAIN: "id school set_at lifted_at",
        PERSONAL: "student user set_by lifted_by",
        SENSITIVE: "reason is_by_report held_by_report reported_by",
    },
    "guardians.Adult": {
        PLAIN: "id school",
        PERSONAL: (
            "user name name_pinyin language literacy prefers_audio time_zone shift "
            "shift_since shift_turn_days quiet_from quiet_until opted_out_at blocked_at blocked_by "
            "merged_into created_at"
        ),
        SENSITIVE: (
            "condition legal_basis blocked_reason blocked_ground blocked_decision blocked_decided_on "
            "held_by_report reported_by"
        ),
    },
    "guardians.ContactPoint": {
        PLAIN: (
            "id school problem priority failing_since failing_cause kind signs_in_by by_call issuer"
        ),
        PERSONAL: (
            "adult address as_written linked_from verified_at last_delivered_at last_replied_at disputed_at "
            "agreed_key"
        ),
    },
    "guardians.Guardianship": {
        PLAIN: "id school priority may_see_file starts_on ends_on",
        PERSONAL: "student adult relation kind may_decide",
        SENSITIVE: "has_capacity end_reason",
    },
    "guardians.EntrustedCare": {
        PLAIN: "id school starts_on ends_on recorded_at settled_at",
        PERSONAL: (
            "student carer child_asked_on child_asked_by weekly_contact school_told_on "
            "village_told_on checked_on recorded_by settled_by"
        ),
        SENSITIVE: "state child_words disqualifiers settled_words",
    },
    "guardians.NearbyAdult": {
        PLAIN: "id school rank added_at ended_at",
        PERSONAL: (
            "student adult minutes willing_on added_by agreed_by agreed_at agreed_how agreed_noted_by "
            "child_asked_on child_asked_by village_told_on village_told_by ended_by"
        ),
        SENSITIVE: "child_wants",
    },
    "nights.Switch": {
        PLAIN: (
            "id school school_class key reason starts_on ends_on with_boarders made_at called_off_at"
        ),
        PERSONAL: "made_by called_off_by",
    },
    "nights.NightRule": {
        PLAIN: "id school on_festivals for_away set_at",
        PERSONAL: "set_by",
    },
    "nights.Night": {
        PLAIN: "id school switch started_at step_ends_at seen_at called_off_at",
        PERSONAL: "student started_by settled_adult settled_by called_off_by",
        SENSITIVE: "evening reason is_urgent step concern settled_at settled_as words",
    },
    "nights.Asking": {
        PLAIN: "id school expires_at",
        PERSONAL: "adult evening part asked_at answer answered_at answered_how",
    },
    "nights.NightEntry": {
        PLAIN: "id school at",
        PERSONAL: "asking user",
        SENSITIVE: "night kind step why",
    },
    "guardians.LeftAlone": {
        PLAIN: "id school recorded_at",
        PERSONAL: "student recorded_by",
        SENSITIVE: "starts_on ends_on words",
    },
    "guardians.CareGap": {
        PLAIN: "id school",
        PERSONAL: "student",
        SENSITIVE: "kind noticed_at closed_at",
    },
    "guardians.GuardianChange": {
        PLAIN: "id school key recorded_at",
        PERSONAL: "student recorded_by",
        SENSITIVE: "kind changed_on decided_by document",
    },
    "guardians.Merge": {
        PLAIN: "id school merged_at undone_at",
        PERSONAL: "kept closed merged_by undone_by",
        SENSITIVE: "moved",
    },
    "guardians.DifferentAdults": {
        PLAIN: "id school decided_at",
        PERSONAL: "first second decided_by",
    },
    "guardians.NumberChange": {
        PLAIN: "id school what changed_at",
        PERSONAL: "adult ways",
    },
    "guardians.DetailsCheck": {
        PLAIN: "id school year_starts_on asked_at confirmed_at settled_at",
        PERSONAL: "adult changes settled_by",
        SENSITIVE: "asks_teacher",
    },
    "guardians.Migration": {
        PLAIN: "id school starts_on ends_on",
        PERSONAL: "adult is_away place work",
    },
    "guardians.Contact": {
        PLAIN: "id school source_key",
        PERSONAL: (
            "student adult kind happened_on reported_by minutes recorded_by recorded_at "
            "retracted_at"
        ),
    },
    "guardians.ContactDenial": {
        PLAIN: "id school source_key recorded_at settled_at settled_by",
        PERSONAL: "student adult said_by said_on",
        SENSITIVE: "outcome",
    },
    "guardians.SentHome": {
        PLAIN: "id school source_key",
        PERSONAL: (
            "student adult kind arrived_on words reported_by recorded_by recorded_at retracted_at"
        ),
    },
    "classroom.Observation": {
        PLAIN: "id school key shared_key recorded_at retracted_at is_reported",
        PERSONAL: "student place happened_at tell_family written_by",
        SENSITIVE: "words strengths themes deeds photo voice",
    },
    "classroom.Letter": {
        PLAIN: "id school",
        PERSONAL: "student written_by written_at sent_at",
        SENSITIVE: "good_news body mood learning you_can_do",
    },
    "classroom.RequestPhoto": {
        PLAIN: "id school request upload",
        PERSONAL: "at",
    },
    "classroom.FamilyRequest": {
        PLAIN: "id school key due_on closed_at",
        PERSONAL: "student adult asked_by asked_at answered_at",
        SENSITIVE: "words answer answer_words",
    },
    "classroom.ClassWeek": {
        PLAIN: "id school school_class week_on words written_at sent_at",
        PERSONAL: "written_by",
    },
    "classroom.Picture": {
        PLAIN: "id school key week removed_at",
        PERSONAL: "note purpose added_by added_at",
        SENSITIVE: "photo",
    },
    "classroom.PicturedChild": {
        PLAIN: "id school picture",
        PERSONAL: "student consent",
    },
    "classroom.Thanks": {
        PLAIN: "id school note week",
        PERSONAL: "adult at",
    },
    "classroom.HomeworkHelp": {
        PLAIN: "id school key weekdays starts_at starts_on assigned_at ended_at",
        PERSONAL: "student staff adult somebody words assigned_by ended_by ending",
        SENSITIVE: "ending_words",
    },
    "classroom.MissedHomework": {
        PLAIN: "id school noted_at retracted_at",
        PERSONAL: "student missed_on noted_by",
    },
    "classroom.ClassRegister": {
        PLAIN: "id school school_class taken_on taken_at",
        PERSONAL: "taken_by unseen",
    },
    "classroom.AttendanceMark": {
        PLAIN: "id school marked_on written_at",
        PERSONAL: "student kind written_by leave",
        SENSITIVE: "reason",
    },
    "classroom.LeaveRequest": {
        PLAIN: "id school key asked_at decided_at state",
        PERSONAL: (
            "student adult starts_on ends_on collector second second_agrees second_at called_by "
            "decided_by"
        ),
        SENSITIVE: "reason words photo collects collector_words answer",
    },
    "calls.CallPlace": {
        PLAIN: "id school name kind how_to_join rings_at is_active",
        PERSONAL: "carer",
    },
    "calls.CallPeriod": {
        PLAIN: "id school place weekday starts ends slot_minutes during_lessons",
    },
    "calls.CallSlot": {
        PLAIN: "id school place state booked_by cancelled_by key",
        PERSONAL: (
            "student adult starts_at ends_at booked_at confirmed_at started_at settled_at "
            "settled_by join_key talked_seconds missed_side"
        ),
        SENSITIVE: "mood child_mood",
    },
    "calls.CallWish": {
        PLAIN: "id school key by_key",
        PERSONAL: "student adult asked_at settled_at settled_by",
        SENSITIVE: "words",
    },
    "calls.ThreeThings": {
        PLAIN: "id school key",
        PERSONAL: "student adult chosen_at answered_at felt_at over_at asked_at asked_by",
        SENSITIVE: "pictures sentences answer_picture answer_words answer_photo felt",
    },
    "calls.ToldByPhone": {PLAIN: "id school key", PERSONAL: "told_at", SENSITIVE: "student what"},
    "calls.CalendarFeed": {
        PLAIN: "id door made_at",
        PERSONAL: "user secret",
    },
    "visits.Duty": {
        PLAIN: "id school kind school_class starts_on due_on done_on put_off_until key",
        PERSONAL: "student",
    },
    "visits.Visit": {
        PLAIN: (
            "id school duty kind due_on planned_on place_in_walk by_village put_off_until "
            "called_off_at key recorded_at"
        ),
        PERSONAL: "student goes asked_by visited_on outcome recorded_by",
        SENSITIVE: "reason facts words",
    },
    "visits.Agreement": {
        PLAIN: "id school who by_on done_at",
        PERSONAL: "student visit done_by",
        SENSITIVE: "what",
    },
    "visits.CallLog": {
        PLAIN: "id school key",
        PERSONAL: "student adult started_at ended_at minutes outcome child_spoke called_by",
        SENSITIVE: "words",
    },
    "visits.Meeting": {
        PLAIN: "id school school_class held_on key recorded_at",
        PERSONAL: "words recorded_by",
    },
    "messaging.CheckInPlan": {
        PLAIN: "id school every_days own_every_days next_due_on paused_until unreachable_since ended_on",
        PERSONAL: "student occasion",
        SENSITIVE: "paused_reason",
    },
    "messaging.CheckIn": {
        PLAIN: "id school due_on state step rung first as_carer not_yet_count",
        PERSONAL: "adult occasion next_step_at asked_at answered_at expires_at",
    },
    "messaging.LadderSettings": {
        PLAIN: (
            "school ask_again other_way other_adult tell_teacher village ask_words again_words "
            "changed_at"
        ),
        PERSONAL: "changed_by",
    },
    "messaging.AdultRhythm": {
        PLAIN: "id school every_days by_family",
        PERSONAL: "adult paused_until",
        SENSITIVE: "paused_reason",
    },
    "messaging.OccasionSetting": {PLAIN: "id school kind days"},
    "messaging.MarkedDate": {
        PLAIN: "id school",
        PERSONAL: "student on created_by",
        SENSITIVE: "label",
    },
    "messaging.OccasionSeen": {PLAIN: "id kind", PERSONAL: "student on at"},
    "messaging.LadderStep": {
        PLAIN: "id school check_in follow_up rung number is_taken cause",
        PERSONAL: "adult at",
    },
    "messaging.CheckInLine": {
        PLAIN: "id school check_in",
        PERSONAL: "student",
        SENSITIVE: "answer mood words",
    },
    "messaging.Reply": {
        PLAIN: "id school line key act voice at",
        PERSONAL: "wants_call",
        SENSITIVE: "answer mood words",
    },
    "messaging.FollowUp": {
        PLAIN: "id school check_in cause put_off_until outcome",
        PERSONAL: "student opened_at done_at done_by",
        SENSITIVE: "words",
    },
    "messaging.Reminder": {
        PLAIN: "id school",
        PERSONAL: "student asked_by on asked_at done_at done_by",
    },
    "delivery.ChannelAccount": {
        PLAIN: "id school name priority is_enabled config kind of_county",
        SENSITIVE: "secret hook_key",
    },
    "delivery.CountyAccount": {
        PLAIN: "id county kind name is_enabled config in_force ended_at",
        PERSONAL: "asked_by asked_at agreed_by agreed_at",
        SENSITIVE: "secret hook_key",
    },
    "delivery.LeftOut": {PLAIN: "id account school is_out at", PERSONAL: "by"},
    "delivery.ProviderHealth": {
        PLAIN: (
            "account failures_in_row trips open_until probing_until last_success_at "
            "last_failure_at last_cause"
        ),
    },
    "delivery.DeliveryReceipt": {
        PLAIN: "id school account digest key reference verdict cause code message settled_at is_proof",
        PERSONAL: "detail raw received_at",
    },
    "delivery.SeenSignature": {PLAIN: "id account digest seen_at"},
    "delivery.OutboxMessage": {
        PLAIN: (
            "id school dedupe_key idempotency_key about_id step contact_point channel account state "
            "lease_owner lease_until attempt_count deaths look_ups provider_reference cause kind"
        ),
        PERSONAL: (
            "adult user address payload due_at expires_at sending_at created_at finished_at "
            "reports_asked_at"
        ),
    },
    "delivery.Attempt": {
        PLAIN: "id school message channel account result cause at",
        PERSONAL: "detail",
    },
    "delivery.SignInLink": {
        PLAIN: "id",
        PERSONAL: "adult address next_path created_at expires_at used_at",
    },
    "delivery.OneTimeCode": {
        PLAIN: "id purpose salt ask_key failed_attempts",
        PERSONAL: "address adult user contact_point created_at expires_at used_at",
    },
    "delivery.Invitation": {
        PLAIN: "id school salt digest proof failed_attempts expires_at",
        PERSONAL: (
            "adult made_by made_at revoked_at claimed_address claimed_at claim_key checked_at "
            "checked_by confirmed_at confirmed_by used_at"
        ),
    },
    "delivery.Device": {
        PLAIN: "id",
        PERSONAL: "user session_key name opened_by opened_at last_used_at",
    },
    "delivery.WechatLink": {
        PLAIN: "id app_id",
        PERSONAL: "user address linked_at",
    },
    "privacy.Consent": {
        PLAIN: "id school purpose text_version receipt",
        PERSONAL: "adult student recorded_by at via",
        SENSITIVE: "decision",
    },
    "privacy.SpokenText": {
        PLAIN: "id school purpose text_version key seconds",
        PERSONAL: "ogg m4a recorded_by recorded_at",
    },
    "privacy.PupilWord": {
        PLAIN: "id school purpose text_version",
        PERSONAL: "student at",
        SENSITIVE: "decision",
    },
    "privacy.VillageOverride": {
        PLAIN: "id school until is_shown_to_family",
        PERSONAL: "student set_by set_at ended_by ended_at",
        SENSITIVE: "reason",
    },
    "privacy.ConsentAsk": {
        PLAIN: "id school purpose text_version",
        PERSONAL: "student asked_by asked_at",
    },
    "privacy.AccessConfirmation": {
        PLAIN: "id school",
        PERSONAL: "by at listed",
    },
    "privacy.LedgerSent": {
        PLAIN: "id school office parts children digest key",
        PERSONAL: "made_by made_at receiver purpose",
    },
    "privacy.LedgerChild": {PLAIN: "id sent", PERSONAL: "student"},
    "privacy.LedgerFile": {PLAIN: "id sent made_at", SENSITIVE: "content"},
    "privacy.LedgerArrival": {PLAIN: "id sent", PERSONAL: "said_by noted_by noted_at"},
    "privacy.RetentionHold": {
        PLAIN: "id school",
        PERSONAL: "student set_by set_at lifted_by lifted_at",
        SENSITIVE: "reason",
    },
    "privacy.RetentionStart": {PLAIN: "id school announced_at"},
    "privacy.RetentionEntry": {PLAIN: "id school rule count at"},
    "delivery.DemoPhoneMessage": {
        PLAIN: "id school idempotency_key",
        PERSONAL: "adult user address text received_at",
    },
    "delivery.VoiceCall": {
        PLAIN: "id school account channel idempotency_key kind fen ticket step",
        PERSONAL: "adult user address first_address script placed_at ended_at",
    },
    "delivery.VoiceEvent": {
        PLAIN: "id school call number leg kind step seconds",
        PERSONAL: "digit result at",
    },
    "delivery.SentenceVoice": {
        PLAIN: "id school language name words",
        PERSONAL: "speaker recording kept_by kept_at",
    },
    "delivery.Settlement": {
        PLAIN: "id school message has_arrived again cause_before undone_at",
        PERSONAL: "by at",
    },
    "delivery.Trouble": {
        PLAIN: "id subject kind school detail began_at last_seen_at told_at over_at over_told_at",
    },
    "delivery.Restore": {
        PLAIN: "id taken_at loaded_at finished_at",
    },
    "delivery.SendingSwitch": {
        PLAIN: "singleton stopped_at reason",
        PERSONAL: "stopped_by",
    },
    "uploads.Upload": {
        PLAIN: "id school kind key seconds width height",
        PERSONAL: "student created_by created_at",
    },
    "uploads.UploadContent": {
        PLAIN: "id upload content_type",
        SENSITIVE: "data",
    },
    "postcards.Postcard": {
        PLAIN: "id school direction key voice",
        PERSONAL: "student sender sent_at heard_at withdrawn_at",
    },
    "postcards.PostcardFor": {
        PLAIN: "id school postcard",
        PERSONAL: "adult heard_at",
    },
    "delivery.IncomingMedia": {
        PLAIN: "id school account provider_id address_kind kind media_id next_attempt_at attempts",
        PERSONAL: "address sent_at received_at",
        SENSITIVE: "text",
    },
    "delivery.PushSubscription": {
        PLAIN: "id school account",
        PERSONAL: "point endpoint p256dh auth session_key created_at",
    },
    "delivery.WechatPermission": {
        PLAIN: "id school account template scene",
        PERSONAL: "address source granted_at taken_at taken_for",
    },
    "delivery.IncomingMessage": {
        PLAIN: "id school account provider_id address_kind upload",
        PERSONAL: "address sent_at received_at",
        SENSITIVE: "text",
    },
    "notices.Notice": {
        PLAIN: "id school author key kind title words language due_on one_is_enough scope picked state"
        " written_at starts_at sent_at digest recalled_at recalled_by recall_reason"
        " text sent_for",
    },
    "notices.SystemText": {
        PLAIN: "id school key title words language written_at ended_at",
        PERSONAL: "author ended_by",
    },
    "notices.NoticeFile": {
        PLAIN: "id school notice name photo pdf size digest",
    },
    "notices.NoticeTranslation": {
        PLAIN: "id school notice language title words made_at",
    },
    "notices.NoticeChild": {
        PLAIN: "id school notice",
        PERSONAL: "student school_class family left_out settled_at",
    },
    "notices.Notified": {
        PLAIN: "id school notice",
        PERSONAL: "adult told_at seen_at asked_on asked_times",
    },
    "notices.NoticeAnswer": {
        PLAIN: "id school child digest",
        PERSONAL: "adult via is_refused words signed_as statement recorded_by at withdrawn_at",
    },
    "figures.PublishedWeek": {
        PLAIN: (
            "id county school ends_on edition why published_at is_late has_counsellor takes_part is_used "
            "access_confirmed sending"
        ),
    },
    "figures.ClassWeek": {
        PLAIN: (
            "id school school_class ends_on key numerator denominator missing counted_at frozen_at"
        ),
    },
    "figures.ClassWeekCorrection": {
        PLAIN: "id class_week numerator denominator missing at",
    },
    "figures.StaleClass": {
        PLAIN: "id school school_class first_on last_on",
    },
    "figures.ClassDay": {
        PLAIN: (
            "id school school_class on children without_parents whereabouts_unknown with_parent_away"
            " never_talked silent_since connected confirmed connected_before fell_silent talk_again"
            " several_ways one_way no_way ways_unknown newly_unreachable by_parents with_carer by_carers"
        ),
    },
    "figures.PublishedFigure": {
        PLAIN: "id week key unit low high gap",
    },
    "figures.SharedCounty": {
        PLAIN: "code name",
    },
    "figures.SharedWeek": {
        PLAIN: (
            "id county school_code school_name ends_on edition published_at is_late has_counsellor takes_part"
            " access_confirmed is_used sending"
        ),
    },
    "figures.SharedFigure": {
        PLAIN: "id week key unit low high gap",
    },
    "dashboards.WeeklyMail": {
        PLAIN: "id school",
        PERSONAL: "user since",
    },
    "learning.Lesson": {
        PLAIN: "id owner pack key version licence audience ages_from ages_until months counts_on_parents"
        " grades_from grades_until minutes texts sources picture digest loaded_at place"
        " is_dropped",
    },
    "learning.LessonReading": {
        PLAIN: "id school lesson is_out reason by at",
    },
    "learning.CountyReading": {
        PLAIN: "id county digest title is_out reason by at",
    },
    "learning.LessonSent": {
        PLAIN: "id school",
        PERSONAL: "lesson adult sent_at opened_at answered_at is_of_use",
    },
    "learning.LessonPlan": {
        PLAIN: "id school is_on weekday done_on",
    },
    "learning.LessonVoice": {
        PLAIN: "id school lesson language recording kept_by kept_at came_with_pack",
    },
    "learning.KeptSpeech": {
        PLAIN: "id digest language speaker opus aac made_at",
    },
    "learning.SchoolPack": {
        PLAIN: "id school key name version licence lesson_count content by at taken_at"
        " sounds_left sounds_failed sounds_refused",
    },
    "learning.CountyPack": {
        PLAIN: "id county key name version licence lesson_count content by at digests",
    },
    "meetings.Meeting": {
        PLAIN: "id school author key kind title words place remote starts_at ends_at slot_minutes expert"
        " scope picked made_at moves moved_at off_at off_by off_reason minutes minutes_shown minutes_by",
    },
    "meetings.Expert": {
        PLAIN: "id school name field place reach checked_on checked_by noted_by noted_at ended_at",
    },
    "meetings.MeetingPhoto": {
        PLAIN: "id school meeting photo added_by added_at",
    },
    "meetings.MeetingChild": {
        PLAIN: "id school meeting",
        PERSONAL: "student school_class",
    },
    "meetings.MeetingInvitation": {
        PLAIN: "id school",
        PERSONAL: "meeting adult invited_at reply replied_at recorded_by wish slot_at came_at",
    },
    "learning.PlannedLesson": {
        PLAIN: "id school school_class week_on lesson planned_by planned_at held_on not_held"
        " recorded_by recorded_at",
    },
    "learning.StaffPlan": {
        PLAIN: "id school protection_months support_months room_hours set_by set_at",
    },
    "learning.Training": {
        PLAIN: "id school user kind title provider hours ended_on certificate noted_by noted_at",
    },
    "threads.Thread": {
        PLAIN: "id school state",
        PERSONAL: "student owner opened_at last_at waiting_since",
    },
    "threads.ThreadAdult": {
        PLAIN: "id school thread",
        PERSONAL: "adult joined_at",
    },
    "threads.ThreadMessage": {
        PLAIN: "id school thread key via incoming opens_exchange photo voice",
        PERSONAL: "adult user at back_at wants_call",
        SENSITIVE: "text calls_for_help",
    },
    "threads.MachineText": {
        PLAIN: "id school message voice kind language service attempts next_at made_at",
        SENSITIVE: "text",
    },
    "threads.Sighting": {
        PLAIN: "id school message",
        PERSONAL: "adult user seen_at heard_at",
    },
    "threads.HandOver": {
        PLAIN: "id school thread key",
        PERSONAL: "from_user to_user by at",
        SENSITIVE: "words",
    },
    "threads.Reading": {
        PLAIN: "id school thread",
        PERSONAL: "user at",
        SENSITIVE: "reason",
    },
    "threads.CallBack": {
        PLAIN: "id school thread message",
        PERSONAL: "adult asked_at done_at done_by outcome",
        SENSITIVE: "words",
    },
    "threads.Routing": {
        PLAIN: "id school incoming state cause calls_for_help at",
        PERSONAL: "decided_by decided_at answer",
    },
    "threads.ReplyRouting": {
        PLAIN: "id school reply message at",
    },
    "threads.Phrase": {
        PLAIN: "id school text retired_at",
        PERSONAL: "user",
    },
    "schools.StaffHours": {
        PLAIN: "id school",
        PERSONAL: "user quiet_from quiet_until wants_pings",
    },
    "surveys.Edition": {
        PLAIN: "id school key version digest definition made_at",
        PERSONAL: "made_by",
    },
    "surveys.OwnQuestionnaire": {
        PLAIN: "id school title intro respondent min_age questions last_number revision editions "
        "published_revision key changed_at second_language second_title second_intro",
        PERSONAL: "changed_by",
    },
    "surveys.InstrumentFile": {
        PLAIN: "id school file_name found read_at",
        PERSONAL: "read_by",
    },
    "surveys.Round": {
        PLAIN: "id school edition how due_on talks_per_week key opened_at closed_at",
        PERSONAL: "opened_by closed_by",
    },
    "surveys.PlannedRound": {
        PLAIN: "id school plan key instrument_key how opens_on due_on talks_per_week planned_at round"
        " dropped_at",
        PERSONAL: "planned_by dropped_by",
    },
    "surveys.Sitting": {
        PLAIN: "id school round school_class begun_at ends_at tablet_code",
        PERSONAL: "duty_adult begun_by",
    },
    "surveys.Seat": {
        PLAIN: "id school round school_class sitting code handed_out_at",
        PERSONAL: "student adult filled_by begun_at finished_at looked_at looked_by",
        SENSITIVE: "wants_adult_at asks_for_look",
    },
    "surveys.Answer": {
        PLAIN: "id school seat item key at",
        SENSITIVE: "option is_urgent",
    },
    "surveys.ToDo": {
        PLAIN: "id school seat",
        PERSONAL: "written_by written_at done_at done_by",
        SENSITIVE: "words",
    },
    "surveys.Pulse": {
        PLAIN: "id school edition week_on",
        PERSONAL: "student adult begun_at finished_at talked_at talked_by",
        SENSITIVE: "answers asks_for_talk",
    },
    "surveys.Study": {
        PLAIN: "id school round recipient purpose ethics until key opened_at ended_at",
        PERSONAL: "opened_by ended_by",
        SENSITIVE: "salt",
    },
    "surveys.StudyWord": {
        PLAIN: "id school study via receipt",
        PERSONAL: "student adult pupil_agrees recorded_by at",
        SENSITIVE: "decision",
    },
    "surveys.PastImport": {
        PLAIN: "id school key version respondent taken_on ground ground_words file_name headers mapping "
        "state children read_at kept_at taken_back_at",
        PERSONAL: "read_by kept_by taken_back_by",
        SENSITIVE: "lines",
    },
    "surveys.PastScore": {
        PLAIN: "id school past_import scale",
        PERSONAL: "student",
        SENSITIVE: "value",
    },
    "reunions.Season": {
        PLAIN: "id school kind starts_on ends_on feast_on is_own",
    },
    "reunions.ReunionPlan": {
        PLAIN: "id school season",
        PERSONAL: (
            "student adult travel arrives_on leaves_on has_ticket child_expects_on said_by said_at "
            "recorded_by outcome_at outcome_by"
        ),
        SENSITIVE: "words outcome",
    },
    "reunions.Watch": {
        PLAIN: "id school plan step",
        PERSONAL: "student due_on done_at done_by",
        SENSITIVE: "seen words",
    },
    "reunions.InfoPage": {
        PLAIN: "id school topic province body source checked_on",
    },
    "reunions.InfoAsked": {
        PLAIN: "id school topic key",
        PERSONAL: "student adult asked_at answered_by answered_at",
        SENSITIVE: "words answer",
    },
    "safeguarding.Concern": {
        PLAIN: "id school source_key clock rung",
        PERSONAL: (
            "student adult raised_by opened_at due_at named_adult acknowledged_at "
            "acknowledged_by closed_at closed_by level_by level_at look_by joined_to"
        ),
        SENSITIVE: "source words asked_for wanted_when hurt_by closing level",
    },
    "safeguarding.Teller": {PLAIN: "id school concern", SENSITIVE: "student"},
    "safeguarding.ConcernEntry": {
        PLAIN: "id school concern source_key at kind",
        PERSONAL: "by about",
        SENSITIVE: "words level",
    },
    "safeguarding.LevelSpans": {
        PLAIN: "id school orange_hours yellow_days closing_is_agreed plans_are_agreed",
    },
    "counselling.Case": {
        PLAIN: "id school teachers_know",
        PERSONAL: "student owner opened_at opened_by since_at review_on closed_at closed_by",
        SENSITIVE: "state outcome",
    },
    "counselling.CaseConcern": {
        PLAIN: "id school",
        SENSITIVE: "case concern",
    },
    "counselling.CaseEntry": {
        PLAIN: "id chain number seal school case kind at until_at row digest",
        PERSONAL: "by about owner",
        SENSITIVE: "to_state",
    },
    "counselling.CaseReader": {
        PLAIN: "id school case is_emergency from_at until_at ended_at",
        PERSONAL: "user let_in_by",
    },
    "counselling.CaseSession": {
        PLAIN: "id school case key",
        SENSITIVE: "starts_at state settled_at",
    },
    "counselling.Note": {
        PLAIN: "id school case session key_id at",
        PERSONAL: "author",
        SENSITIVE: "kind sealed",
    },
    "counselling.NoteDraft": {
        PLAIN: "id school case key_id saved_at",
        PERSONAL: "author",
        SENSITIVE: "kind sealed",
    },
    "counselling.CaseTask": {
        PLAIN: "id school case key_id due_on made_at done_at is_dropped",
        PERSONAL: "made_by",
        SENSITIVE: "sealed",
    },
    "counselling.Attachment": {
        PLAIN: "id school case key_id size added_at removed_at",
        PERSONAL: "added_by removed_by",
        SENSITIVE: "kind sealed",
    },
    "counselling.AttachmentContent": {
        PLAIN: "id school attachment key_id",
        SENSITIVE: "sealed",
    },
    "counselling.SupportPlan": {
        PLAIN: "id school case",
        PERSONAL: "student made_at shared_at review_on reviewed_at ended_at ended_by",
    },
    "counselling.Measure": {
        PLAIN: "id school plan key_id party rhythm starts_on due_on made_at shared_at dropped_at",
        PERSONAL: "student adult user made_by",
        SENSITIVE: "sealed",
    },
    "counselling.MeasureTick": {
        PLAIN: "id school measure on at undone_at",
        PERSONAL: "by_user by_adult",
    },
    "counselling.PlanLook": {
        PLAIN: "id school plan key_id number kind measures at",
        PERSONAL: "by asked",
        SENSITIVE: "sealed",
    },
    "counselling.ReferralPlace": {
        PLAIN: "id school kind name phone address linked_school ended_at",
    },
    "counselling.Referral": {
        PLAIN: "id school case key_id direction listed_place due_on arrived_on made_at sent_at closed_at",
        PERSONAL: "student consent_by consent_how consent_on handed made_by sent_by",
        SENSITIVE: "sealed state place_name place_kind place_phone parts ground child_said",
    },
    "counselling.ReferralEntry": {
        PLAIN: "id school referral at",
        PERSONAL: "by",
        SENSITIVE: "to_state",
    },
    "counselling.ReferralCopy": {
        PLAIN: "id school referral key_id late_at answer_seen_at",
        PERSONAL: "taken_by",
        SENSITIVE: "sealed",
    },
    "transfers.Transfer": {
        PLAIN: "id school key opened_at closed_at",
        PERSONAL: "student opened_by closed_by received_by",
        SENSITIVE: "to_school outside outside_to received_on parts state answer",
    },
    "transfers.TransferWord": {
        PLAIN: "id school transfer receipt at",
        PERSONAL: "adult via recorded_by",
        SENSITIVE: "decision parts words",
    },
    "transfers.Arrival": {
        PLAIN: "id school transfer digests receipt at",
        PERSONAL: "by",
        SENSITIVE: "student package starts_on",
    },
    "transfers.PaperPackage": {
        PLAIN: "id school transfer digests receipt at",
        PERSONAL: "by",
        SENSITIVE: "package",
    },
    "transfers.PaperRecall": {
        PLAIN: "id school package at",
        PERSONAL: "by",
        SENSITIVE: "reason",
    },
    "transfers.Protection": {
        PLAIN: "id school transfer told_at due_at acknowledged_at over_at",
        PERSONAL: "acknowledged_by told_to",
        SENSITIVE: "kind adult user since_on",
    },
    "counselling.PoolSchool": {
        PLAIN: "id school joined_at left_at",
        PERSONAL: "joined_by left_by",
    },
    "counselling.PoolMember": {
        PLAIN: "id county capacity agreed_at ended_at",
        PERSONAL: "user",
    },
    "counselling.Brief": {
        PLAIN: "id school concern code key_id reach weekdays made_at late_at late_told_at ended_at",
        PERSONAL: "student age_band grade_band language consent_by consent_how consent_on made_by",
        SENSITIVE: "sealed state troubles done asks ground",
    },
    "counselling.BriefTold": {
        PLAIN: "id school brief kind message_key at",
        PERSONAL: "user",
    },
    "counselling.Engagement": {
        PLAIN: "id school case brief from_at ended_at ending",
        PERSONAL: "user",
    },
    "safeguarding.Report": {
        PLAIN: "id key school",
        PERSONAL: "student reported_by at",
        SENSITIVE: "situation words child_now sent",
    },
    "safeguarding.Suspect": {
        PLAIN: "id school report",
        PERSONAL: "lifted_by lifted_at",
        SENSITIVE: "adult user somebody closed_at lift_reason",
    },
    "safeguarding.ReportEntry": {
        PLAIN: "id chain number seal school report key digest",
        PERSONAL: "by at told_at",
        SENSITIVE: "kind office spoke_with phone case_number words",
    },
    "safeguarding.GuideTick": {
        PLAIN: "id school key",
        PERSONAL: "student by at",
        SENSITIVE: "step is_taken_back who",
    },
    "safeguarding.WarningRules": {
        PLAIN: "id school is_on looks_a_week changed_at missed_percent homework_misses notes gap_days"
        " unreachable_days",
        PERSONAL: "changed_by",
    },
    "safeguarding.Flag": {
        PLAIN: "id school raised_on raised_at",
        PERSONAL: "student settled_at settled_by",
        SENSITIVE: "domains reasons missing_share settled words concern",
    },
    "privacy.Erasure": {
        PERSONAL: "id student_key erased_at",
    },
    "privacy.DataRequest": {
        PLAIN: "id school kind state key due_on",
        PERSONAL: "adult student asked_at checked_by checked_at answered_by answered_at",
        SENSITIVE: "words check_note answer",
    },
    "rosters.CivilList": {
        PLAIN: "id school",
        PERSONAL: "uploaded_by uploaded_at file_name",
        SENSITIVE: "lines unread",
    },
    "rosters.RosterImport": {
        PLAIN: (
            "id school sheet mapping state rows_total started_by attempts failure made_class_ids"
        ),
        PERSONAL: "uploaded_by uploaded_at file_name queued_at finished_at undone_at undone_by",
        SENSITIVE: "content decisions",
    },
    "rosters.RosterResult": {
        PLAIN: "id roster_import row_number kind",
        PERSONAL: "student student_name",
        SENSITIVE: "writes changes",
    },
    "rosters.Rollover": {
        PLAIN: "id school from_year state starts_on ends_on left_to begun_at done_at writes undone_at",
        PERSONAL: "begun_by done_by undone_by",
    },
    "rosters.RolloverClass": {
        PLAIN: "id rollover school_class goes number keeps_teachers",
        PERSONAL: "teacher",
    },
    "rosters.RolloverChild": {
        PLAIN: "id rollover number",
        PERSONAL: "student goes left_reason left_to writes",
    },
}

FIELD_CLASSES: dict[str, dict[str, str]] = {
    model: {name: kind for kind, names in lists.items() for name in names.split()}
    for model, lists in _LISTS.items()
}
