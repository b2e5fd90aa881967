"""Settings for every process. Everything that differs between machines comes from the environment.

README.md lists the variables ("Running a school's server"). Without DATABASE_URL or REDIS_URL, `./start` and
`./test` start an embedded PostgreSQL and Redis and set them.
"""

import json
from pathlib import Path
from urllib.parse import unquote

import environ
import structlog
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from core import cookies, walls
from homeschool import keys, logs, secret_files
from runtime import instances

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
try:
    env.ENVIRON = {**environ.Env.ENVIRON, **secret_files.found()}
except secret_files.SecretFileTrouble as error:
    raise ImproperlyConfigured(str(error)) from None
# A command typed next to a running `./start` finds its database there.
if "DATABASE_URL" not in env.ENVIRON:
    try:
        _kept = instances.environment_file()
    except instances.SeveralRun as error:
        raise ImproperlyConfigured(str(error)) from None
    if _kept is not None:
        environ.Env.read_env(_kept)
        env.ENVIRON = environ.Env.ENVIRON

DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env("JIAQIAO_DATA", default=str(BASE_DIR / ".local"))).resolve()
# 1: runs without its own keys. Tests, builds and checks of the code set it, a server never (homeschool.keys).
TRIAL_KEYS = env.bool("TRIAL_KEYS", default=False)
SECRET_KEY, SECRET_KEY_FALLBACKS = keys.secret_keys(
    env("SECRET_KEY", default=""), env.list("SECRET_KEY_FALLBACKS", default=[]), trial=TRIAL_KEYS
)
# Opens counselling notes. It is separate from SECRET_KEY, so that the two can be rotated separately.
NOTE_KEYS = keys.key_ring("NOTE_KEYS", env.list("NOTE_KEYS", default=[]), trial=TRIAL_KEYS)
# Seals the logs of readers and of credentials (accounts.chain). It is not in the database, so that nobody who
# knows the database's password can rewrite them.
AUDIT_KEYS = keys.key_ring("AUDIT_KEYS", env.list("AUDIT_KEYS", default=[]), trial=TRIAL_KEYS)
if TRIAL_KEYS and not AUDIT_KEYS:
    AUDIT_KEYS = [keys.TRIAL_AUDIT_KEY]
keys.all_different([SECRET_KEY, *SECRET_KEY_FALLBACKS], NOTE_KEYS, AUDIT_KEYS)
# Where the ends of those logs are stored every few minutes (accounts.anchors): https://… or file:///…, a
# place that the database's administrator cannot write to.
ANCHOR_URL = env("ANCHOR_URL", default="") or f"file://{DATA_DIR}/media/log-anchors.jsonl"
ANCHOR_TOKEN = env("ANCHOR_TOKEN", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Messages contain links, and a worker has no request to take the address from.
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
keys.fit_for(PUBLIC_URL, trial=TRIAL_KEYS, debug=DEBUG, hosts=ALLOWED_HOSTS)

INSTALLED_APPS = [
    "homeschool.apps.HomeschoolConfig",
    "demo",
    "api",
    "doors",
    "dashboards",
    "figures",
    "transfers",
    "counselling",
    "nights",
    "safeguarding",
    "rosters",
    "surveys",
    "messaging",
    "threads",
    "notices",
    "learning",
    "meetings",
    "classroom",
    "visits",
    "calls",
    "reunions",
    "postcards",
    "privacy",
    "delivery",
    "guardians",
    "uploads",
    "students",
    "schools",
    "accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "django_celery_beat",
    "django_linear_migrations",
    "django_structlog",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "doors.family.weixin.apps.WeixinConfig",
    "axes",
    "csp",
    "pgtrigger",
    "pghistory",
]

CSRF_FAILURE_VIEW = "homeschool.views.forged"
MIDDLEWARE = [
    "homeschool.counting.middleware",
    "core.client.middleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.middleware.keeps_nothing",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "api.no_view.middleware",
    "uploads.receiving.body_limit",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "core.requests.SoundRequests",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.idle.middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "homeschool.hub.Middleware",
    # Outside of the next one, which puts a SELECT before each statement that writes: it reads how statements
    # begin.
    "core.per_page.middleware",
    # Inside of it: a page's posts are read once.
    "doors.walls.middleware",
    "accounts.middleware.HistoryMiddleware",
    "doors.family.sessions.SlidingSession",
    "accounts.held.remembers_last_person",
    "doors.staff.rail.recount_after_write",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "homeschool.urls"
WSGI_APPLICATION = "homeschool.wsgi.application"
ASGI_APPLICATION = "homeschool.asgi.application"

_CONTEXT_PROCESSORS = [
    "django.template.context_processors.request",
    "django.template.context_processors.i18n",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "doors.staff.context.rail",
    "doors.family.context.view",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": _CONTEXT_PROCESSORS,
            "builtins": [
                "doors.templatetags.days",
                "doors.templatetags.fields",
                "doors.templatetags.icons",
                "doors.templatetags.parts",
                "doors.templatetags.phones",
                "doors.templatetags.sentences",
            ],
        },
    },
    {
        "NAME": "parts",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "parts"],
        "OPTIONS": {"environment": "doors.parts.environment"},
    },
]

# The working set is in memory, so reading a page by an index costs hardly more than reading the next one.
# With PostgreSQL's default, made for spinning disks, it would read whole tables of a county instead.
# Compiling a plan takes longer than any page's query. Prepared statements (core/prepared.py) are planned once
# for each connection, not for the values of each execution: that took as long as all results of a page
# together.
PLANNING = "-c random_page_cost=1.1 -c jit=off -c plan_cache_mode=force_generic_plan"
DATABASES = {"default": env.db("DATABASE_URL", default="postgres://postgres@127.0.0.1/jiaqiao")}
DATABASES["default"].update(
    {
        "ENGINE": "core.postgresql",
        # In the URL, a socket folder is written as %2Fpath%2Fto.
        "HOST": unquote(DATABASES["default"]["HOST"]),
        # Connections are kept, with their prepared statements (core/prepared.py): one for each answering
        # thread.
        "CONN_MAX_AGE": int(env("CONN_MAX_AGE", default="") or 0) or None,
        "CONN_HEALTH_CHECKS": True,
        # Pages and tasks have more limits: homeschool.time_limits.
        "OPTIONS": {"connect_timeout": 5}
        | DATABASES["default"].get("OPTIONS", {})
        | {"options": PLANNING}
        # Tell PostgreSQL with a statement whose rows it may see, if that has changed.
        | {"connection_factory": walls.Connection, "cursor_factory": walls.Cursor},
        "TEST": {"NAME": env("TEST_DB_NAME", default="test_jiaqiao")},
    }
)
# A following copy of the database, for pages of figures (core.replica). It has the original's roles and
# limits.
if replica_url := env("DATABASE_REPLICA_URL", default=""):
    replica = env.db_url_config(replica_url)
    DATABASES["replica"] = DATABASES["default"] | {
        **replica,
        "ENGINE": DATABASES["default"]["ENGINE"],
        "HOST": unquote(replica["HOST"]),
        # If its machine vanishes, no page waits for it.
        "OPTIONS": DATABASES["default"]["OPTIONS"]
        | {"tcp_user_timeout": 5000, "keepalives_idle": 5}
        | {"keepalives_interval": 2, "keepalives_count": 2}
        | replica.get("OPTIONS", {}),
        "TEST": {"MIRROR": "default"},
    }
# What the county has published, for the province to follow (core.window): on a separate server.
if window_url := env("DATABASE_WINDOW_URL", default=""):
    window = env.db_url_config(window_url)
    DATABASES["window"] = DATABASES["default"] | {
        **window,
        "ENGINE": DATABASES["default"]["ENGINE"],
        "HOST": unquote(window["HOST"]),
        "OPTIONS": DATABASES["default"]["OPTIONS"] | window.get("OPTIONS", {}),
    }
DATABASE_ROUTERS = ["core.replica.Router"]
# 1: this server is a province's hub and shows only what counties publish (homeschool.hub).
PROVINCE_HUB = env.bool("PROVINCE_HUB", default=False)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# 1: web and workers sign in to PostgreSQL with roles of their own, to which policies apply
# (homeschool.walls). `migrate` creates them, so DATABASE_URL's own role must be allowed to (CREATEROLE).
DATABASE_ROLES = env.bool("DATABASE_ROLES", default=False)

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "homeschool.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "jiaqiao",
    }
}
# In PostgreSQL: while Redis is away, people stay signed in and pages still accept what they write.
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600  # seconds
# Messages for the next page may name a child. In a cookie, the next user of the device could read them.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Sign-in -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "accounts.passwords.MinimumLength",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
# Pages of a higher layer that a package links to (core.addresses): the page's name → its URL name.
PAGES_ABOVE = {
    "staff_sign_in": "account_login",
    "staff_held": "staff:held",
    "today": "staff:today",
    "child": "staff:child",
    "readers": "staff:readers",
    "children": "staff:children",
    "contact_calendar": "staff:contact_calendar",
    "whereabouts": "staff:whereabouts",
    "claim": "staff:claim",
    "ledger": "staff:papers_ledger",
    "new_year_check": "staff:new_year_check",
    "county_set_up": "county:set_up",
    "concern": "counselling:detail",
    "worry": "counselling:new",
    "write_to_family": "threads:new",
    "report_harm": "safeguarding:report_new",
    "verify_way": "delivery:verify_way",
    "family_sign_in": "family:sign_in",
    "family_held": "family:held",
    "family_home": "family:home",
    "family_link": "family:use_link",
    "family_child": "family:child",
    "family_details": "family:details",
    "family_screen": "family:screen",
    "village_list": "village:list",
    "village_sign_in": "village:sign_in",
    "village_held": "village:held",
    "pupil_sign_in": "pupil:sign_in",
}
LOGIN_REDIRECT_URL = "/"
# How sensitive each stored field is (doors.staff.retention empties fields by their class).
FIELD_CLASSES = "homeschool.field_classes.FIELD_CLASSES"
ACCOUNT_ADAPTER = "doors.phones.StaffDoorAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_TIMEOUT = 900  # seconds
# Attempts are counted in PostgreSQL (accounts.guessing); allauth's own limits are in Redis and lost with it.
ACCOUNT_RATE_LIMITS = False
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "change_password": "accounts.forms.PasswordChangeForm",
}
# WeChat for families: a way to sign in again, linked from a signed-in phone (doors/family/weixin).
SOCIALACCOUNT_ADAPTER = "doors.family.weixin.adapter.FamilySocialAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form may lead to no other host; the state protects the return
SOCIALACCOUNT_STORE_TOKENS = False
WEIXIN_API_URL = env("WEIXIN_API_URL", default="https://api.weixin.qq.com").rstrip("/")
SOCIALACCOUNT_PROVIDERS = {}
if env("WEIXIN_CLIENT_ID", default=""):
    SOCIALACCOUNT_PROVIDERS["weixin"] = {
        "APPS": [{"client_id": env("WEIXIN_CLIENT_ID"), "secret": env("WEIXIN_SECRET"), "key": ""}],
        "SCOPE": ["snsapi_base"],
        "AUTHORIZE_URL": env(
            "WEIXIN_AUTHORIZE_URL", default="https://open.weixin.qq.com/connect/oauth2/authorize"
        ),
    }
# The second step of signing in (accounts.second_factor). schools.roles says who needs one.
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "accounts.second_factor.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.second_factor.forms.SecondStepForm",
    "reauthenticate": "accounts.second_factor.forms.ShowAgainForm",
    "activate_totp": "accounts.second_factor.forms.SetUpAppForm",
    "add_webauthn": "accounts.second_factor.forms.SetUpPasskeyForm",
    "authenticate_webauthn": "accounts.second_factor.forms.PasskeyForm",
    "reauthenticate_webauthn": "accounts.second_factor.forms.ShowPasskeyAgainForm",
    "login_webauthn": "accounts.second_factor.forms.SignInByPasskeyForm",
}
# nobody signs up on their own, so an e-mail address proves nothing here
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1  # half-minutes by which a phone's clock may be wrong
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey counts as both steps
# Browsers also create passkeys on http://localhost; fido2 accepts only https.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PUBLIC_URL.startswith("https://")
# a staff room has one address; there is nothing to guess
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
# Minutes of inactivity after which a staff session ends, on any computer (accounts.idle).
STAFF_IDLE_MINUTES = env.int("STAFF_IDLE_MINUTES", default=30)
if not 5 <= STAFF_IDLE_MINUTES <= 240:
    raise ImproperlyConfigured("STAFF_IDLE_MINUTES: from 5 to 240")
AXES_HANDLER = "accounts.guessing.PasswordAttempts"
AXES_LOCKOUT_CALLABLE = "accounts.guessing.locked_page"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# --- Language and time -------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "homeschool.formats"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- Static and uploads ------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [path for path in [BASE_DIR / "static" / "dist"] if path.is_dir()]
STATIC_ROOT = DATA_DIR / "static"
_HASHED = "whitenoise.storage.CompressedManifestStaticFilesStorage"
_PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _HASHED if env.bool("STATIC_HASHED", default=False) else _PLAIN},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site needs our files
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = DATA_DIR / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024  # bytes: a large school's roster is under 2 MB
# an upload of a photo takes a minute: it is kept on disk meanwhile
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "uploads.receiving.BoundedFileHandler",
]

# --- Security ----------------------------------------------------------------------------------
_HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = cookies.name_of("sessionid", is_secure=_HTTPS)
CSRF_COOKIE_NAME = cookies.name_of("csrftoken", is_secure=_HTTPS)
LANGUAGE_COOKIE_NAME = cookies.name_of("django_language", is_secure=_HTTPS)
SECURE_SSL_REDIRECT = _HTTPS and env.bool("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]  # requested from inside, by plain HTTP
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _HTTPS
# How many proxies of our own a request passes on its way here (core.client). Only if there are any do we
# believe what they say about the client's address and about https.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
if TRUSTED_PROXIES > 0:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Libraries that look for an address (axes, log lines) read what core.client decided.
IPWARE_META_PRECEDENCE_ORDER = ("REMOTE_ADDR",)
# A link in a message is a key: it must not be passed on in a Referer.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "worker-src": [SELF],
        "media-src": [SELF, "blob:"],  # a child listens to a recording before it is sent
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Forms -------------------------------------------------------------------------------------
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
# A view lets nobody in unless it says whom. api.views.ApiView has what the API's views share.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "api.description.document.Schema",
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "家桥 · Jiaqiao",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/(api/v1|ims/oneroster/rostering/v1p2)",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # An automatic name would change with the choices, and with it the name in a generated client.
    "ENUM_NAME_OVERRIDES": {"JobStateEnum": "rosters.models.RosterImport.State"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.description.document.finish",
    ],
}

# --- Jobs --------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 15 * 60  # seconds
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Nobody controls a running worker, and the channel for that ends the worker when Redis goes away (kombu 582).
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TIMEZONE = "UTC"
# Two kinds of workers, so that no external server holds up a message: the sender takes "alerts" and
# "sending", the worker the rest, including the rescue and its look-ups. A worker without -Q takes all.
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_QUEUES = [
    Queue(name, routing_key=name) for name in ("celery", "alerts", "sending", "rescue")
]
CELERY_TASK_ROUTES = {
    "safeguarding.run_intake": {"queue": "alerts"},
    "delivery.drain_alerts": {"queue": "alerts"},
    # a call with an adult who has just been blocked must end at once, without waiting in a queue
    "delivery.hang_up": {"queue": "alerts"},
    "delivery.drain_outbox": {"queue": "sending"},
    "delivery.rescue_stale_claims": {"queue": "rescue"},
}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Public keys of age (age1…) to which `manage.py backup` encrypts. The private ones are kept elsewhere.
BACKUP_KEYS = env.list("BACKUP_KEYS", default=[])
# The folder of pg_dump, pg_restore and psql, if they are neither on the path nor those of ./start.
POSTGRES_PROGRAMS = env("POSTGRES_PROGRAMS", default="")
# Seconds for which a worker holds the messages it is working on; after a dead worker they are rescued.
DISPATCH_LEASE_SECONDS = env.float("DISPATCH_LEASE_SECONDS", default=60.0)
# Says what happened about urgent answers (surveys.told).
URGENT_ANSWERS = "safeguarding.at_questions.told_of"
# Classes of packages that answer for the kinds of message whose payload does not say everything, and for what
# a notice is about (delivery.kinds).
MESSAGE_KINDS = {
    "at_home": "nights.outgoing.AtHomeKind",
    "nearby": "nights.outgoing.NearbyKind",
    "tonight": "nights.messages.TonightNotice",
    "check_in": "messaging.outgoing.Question",
    "concern": "safeguarding.telephone.AlertKind",
    "test": "messaging.outgoing.Trial",
    "link": "delivery.kinds.SignInKind",
    "invite": "delivery.kinds.SignInKind",
    "call": "calls.messages.CallNotice",
    "join": "calls.joining.outgoing.JoinedCall",
    "class_week": "classroom.weeks.messages.WeekNotice",
    "consent_ask": "privacy.messages.ConsentNotice",
    "data_request": "privacy.messages.DataRequestNotice",
    "details": "delivery.details.DetailsNotice",
    "family_request": "classroom.messages.RequestNotice",
    "good_news": "classroom.messages.GoodNewsNotice",
    "info_asked": "reunions.messages.AnswerNotice",
    "leave": "classroom.leave.messages.LeaveNotice",
    "lesson": "learning.messages.LessonNotice",
    "letter": "classroom.messages.LetterNotice",
    "meeting": "meetings.messages.MeetingNotice",
    "parting": "reunions.messages.PartingNotice",
    "postcard": "postcards.messages.PostcardNotice",
    "season": "reunions.messages.SeasonNotice",
    "things": "calls.things.messages.ThingsNotice",
    "transfer": "transfers.messages.AskNotice",
    "weekly": "dashboards.weekly.messages.WeeklyKind",
}
# How many tasks send in parallel outside school hours; during them, one does. One place of the sender is left
# for alerts.
SENDER_CONCURRENCY = env.int("SENDER_CONCURRENCY", default=4)
DRAINS_AT_ONCE = max(1, min(env.int("DRAINS_AT_ONCE", default=3), SENDER_CONCURRENCY - 1))
# Beat only wakes tasks: PostgreSQL holds what is due. The next run makes up for a missed one.
CELERY_BEAT_SCHEDULE = {
    "look-for-signals": {
        "task": "safeguarding.look_for_signals",
        "schedule": crontab(hour=3, minute=40),
        "options": {"expire_seconds": 6 * 3600},
    },
    "send-weekly-mails": {
        "task": "dashboards.send_weekly",
        "schedule": crontab(minute=35),
        "options": {"expire_seconds": 3600},
    },
    "tell-systems": {
        "task": "api.tell_systems",
        "schedule": 15.0,
        "options": {"expire_seconds": 15},
    },
    "drain-outbox": {
        "task": "delivery.drain_outbox",
        "schedule": 5.0,
        "options": {"expire_seconds": 5},
    },
    "drain-alerts": {
        "task": "delivery.drain_alerts",
        "schedule": 5.0,
        "options": {"expire_seconds": 5},
    },
    "ask-due-check-ins": {
        "task": "messaging.ask_due_check_ins",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "remind-of-calls": {
        "task": "calls.remind",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "remind-of-requests": {
        "task": "classroom.remind",
        "schedule": 300.0,
        "options": {"expire_seconds": 300},
    },
    "delete-lapsed-pictures": {
        "task": "classroom.delete_pictures",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "remind-of-holidays": {
        "task": "reunions.remind",
        "schedule": 300.0,
        "options": {"expire_seconds": 300},
    },
    "remind-of-details": {
        "task": "delivery.remind",
        "schedule": 300.0,
        "options": {"expire_seconds": 300},
    },
    "queue-account-notices": {
        "task": "delivery.queue_account_notices",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "land-incoming": {
        "task": "threads.land_incoming",
        "schedule": 10.0,
        "options": {"expire_seconds": 10},
    },
    "make-machine-texts": {
        "task": "threads.make_machine_texts",
        "schedule": 15.0,
        "options": {"expire_seconds": 15},
    },
    "send-notices": {
        "task": "notices.send_due",
        "schedule": 10.0,
        "options": {"expire_seconds": 10},
    },
    "settle-notices-again": {
        "task": "notices.settle_again",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "translate-notices": {
        "task": "notices.translate",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "load-and-send-lessons": {
        "task": "learning.follow",
        "schedule": 300.0,
        "options": {"expire_seconds": 300},
    },
    "keep-recordings-of-packs": {
        "task": "learning.keep_sounds",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "keep-speech-of-lessons": {
        "task": "learning.keep_speech",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "remind-of-meetings": {
        "task": "meetings.remind",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "delete-photos-of-meetings": {
        "task": "meetings.delete_photos",
        "schedule": 6 * 3600.0,
        "options": {"expire_seconds": 6 * 3600},
    },
    "match-wecom-families": {
        "task": "delivery.match_wecom_families",
        "schedule": 6 * 3600.0,
        "options": {"expire_seconds": 6 * 3600},
    },
    "ensure-seasons": {
        "task": "reunions.ensure_seasons",
        "schedule": 6 * 3600.0,
        "options": {"expire_seconds": 6 * 3600},
    },
    "rescue-stale-claims": {
        "task": "delivery.rescue_stale_claims",
        "schedule": 30.0,
        "options": {"expire_seconds": 30},
    },
    "fetch-media": {
        "task": "delivery.fetch_media",
        "schedule": 15.0,
        "options": {"expire_seconds": 15},
    },
    "archive-outbox": {
        "task": "delivery.archive_outbox",
        "schedule": 3600.0,
        "options": {"expire_seconds": 3600},
    },
    "gather-receipts": {
        "task": "delivery.gather_receipts",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "hang-up": {
        "task": "delivery.hang_up",
        "schedule": 5.0,
        "options": {"expire_seconds": 5},
    },
    "open-concerns": {
        "task": "safeguarding.run_intake",
        "schedule": 5.0,
        "options": {"expire_seconds": 5},
    },
    "tell-of-briefs": {
        "task": "counselling.tell_of_briefs",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "follow-letters": {
        "task": "counselling.follow_letters",
        "schedule": 600.0,
        "options": {"expire_seconds": 600},
    },
    "follow-nights": {
        "task": "nights.follow",
        "schedule": 15.0,
        "options": {"expire_seconds": 15},
    },
    "follow-transfers": {
        "task": "transfers.follow",
        "schedule": 300.0,
        "options": {"expire_seconds": 300},
    },
    "hold-reports": {
        "task": "safeguarding.close_again",
        "schedule": 300.0,
        "options": {"expire_seconds": 300},
    },
    "anchor-logs": {
        "task": "homeschool.anchor_logs",
        "schedule": 120.0,
        "options": {"expire_seconds": 120},
    },
    "verify-access-log": {
        "task": "homeschool.verify_logs",
        "schedule": 24 * 3600.0,
        "options": {"expire_seconds": 24 * 3600},
    },
    "forget-attempts": {
        "task": "accounts.forget_attempts",
        "schedule": 3600.0,
        "options": {"expire_seconds": 3600},
    },
    "note-care-gaps": {
        "task": "guardians.note_care_gaps",
        "schedule": 300.0,
        "options": {"expire_seconds": 300},
    },
    "ensure-duties": {
        "task": "visits.ensure_duties",
        "schedule": 6 * 3600.0,
        "options": {"expire_seconds": 6 * 3600},
    },
    "publish-weeks": {
        "task": "figures.publish",
        "schedule": 3600.0,
        "options": {"expire_seconds": 3600},
    },
    "share-weeks": {
        "task": "figures.share",
        "schedule": 3600.0,
        "options": {"expire_seconds": 3600},
    },
    "keep-class-weeks": {
        "task": "figures.keep",
        "schedule": 60.0,
        "options": {"expire_seconds": 60},
    },
    "check-class-weeks": {
        "task": "homeschool.check_class_weeks",
        "schedule": 24 * 3600.0,
        "options": {"expire_seconds": 24 * 3600},
    },
    "forget-survey-answers": {
        "task": "surveys.forget",
        "schedule": 3600.0,
        "options": {"expire_seconds": 3600},
    },
    "delete-photos-of-parents": {
        "task": "calls.delete_photos",
        "schedule": 3600.0,
        "options": {"expire_seconds": 3600},
    },
    "delete-postcard-voices": {
        "task": "postcards.delete_voices",
        "schedule": 3600.0,
        "options": {"expire_seconds": 3600},
    },
    "warn-of-ends-of-tokens": {
        "task": "api.warn_of_ends",
        "schedule": crontab(hour=9, minute=10),
        "options": {"expire_seconds": 6 * 3600},
    },
    "forget-api-answers": {
        "task": "api.forget_answers",
        "schedule": 3600.0,
        "options": {"expire_seconds": 3600},
    },
    "let-go": {
        "task": "doors.let_go",
        "schedule": crontab(hour="1-4", minute=25),
        "options": {"expire_seconds": 3600},
    },
    "drop-ledger-files": {
        "task": "doors.drop_ledger_files",
        "schedule": 3600.0,
        "options": {"expire_seconds": 3600},
    },
    "forget-civil-lists": {
        "task": "rosters.forget_civil_lists",
        "schedule": 3600.0,
        "options": {"expire_seconds": 3600},
    },
    "resume-roster-imports": {
        "task": "rosters.resume_imports",
        "schedule": 30.0,
        "options": {"expire_seconds": 30},
    },
}

# --- Machine translation -----------------------------------------------------------------------
# A service that uses LibreTranslate's JSON, run by the school itself. Empty: nothing is translated.
TRANSLATION_URL = env("TRANSLATION_URL", default="").rstrip("/")
TRANSLATION_KEY = env("TRANSLATION_KEY", default="")

# --- Voice notes written down ------------------------------------------------------------------
# A service in the form of /v1/audio/transcriptions. It gets the voices of families, so use one on the
# county's own server (named in OUTGOING_PRIVATE_HOSTS). Without it, nothing is transcribed.
TRANSCRIBE_URL = env("TRANSCRIBE_URL", default="")
TRANSCRIBE_KEY = env("TRANSCRIBE_KEY", default="")
TRANSCRIBE_MODEL = env("TRANSCRIBE_MODEL", default="whisper-1")

# --- Outgoing addresses ------------------------------------------------------------------------
# Hosts in the server's own network that it may call ("host" or "host:port"). It calls no other private
# address, whatever an administrator or a browser enters (delivery.channels.outgoing).
OUTGOING_PRIVATE_HOSTS = [
    host.strip().lower() for host in env.list("OUTGOING_PRIVATE_HOSTS", default=[])
]

# --- Reading aloud -----------------------------------------------------------------------------
# A voice service in the form of /v1/audio/speech, for family pages on phones without a voice. It gets the
# text of letters and messages, so use one on the county's own server (named in OUTGOING_PRIVATE_HOSTS).
# Without it, this machine's espeak-ng reads aloud.
SPEECH_URL = env("SPEECH_URL", default="")
SPEECH_KEY = env("SPEECH_KEY", default="")
SPEECH_MODEL = env("SPEECH_MODEL", default="tts-1")
SPEECH_VOICE = env("SPEECH_VOICE", default="alloy")

# --- Outgoing mail -----------------------------------------------------------------------------
vars().update(env.email("EMAIL_URL", default="smtp://127.0.0.1:25"))
# The installation's own account for SMS to staff, {"kind": "alibaba_sms", "config": {…}, "secret": {…}} as in
# a school's channel (delivery/channels/*/README.md). Codes for a forgotten password use no other account.
STAFF_SMS = json.loads(env("STAFF_SMS", default="") or "{}")
# Lets a school show its messages on a page instead of sending them. `./start` sets it for its own PostgreSQL;
# a server never does, because staff can read families' codes there.
TEST_PHONE = env.bool("TEST_PHONE", default=False)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="jiaqiao@localhost")
EMAIL_TIMEOUT = 10  # seconds
# The operators, whom we notify when sending is in trouble.
ALERT_EMAILS = env.list("ALERT_EMAILS", default=[])
# Bearer token for /metrics. Empty: there is no such page.
METRICS_TOKEN = env("METRICS_TOKEN", default="")
# Where we send errors, in Sentry's format, without personal data (homeschool.error_reports). Empty: nowhere.
SENTRY_DSN = env("SENTRY_DSN", default="")

# --- History -----------------------------------------------------------------------------------
PGHISTORY_APPEND_ONLY = True
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = False  # homeschool.trigger_functions brings its own
PGHISTORY_ADMIN_ORDERING = "-pgh_created_at"

# One line per record, as data, each with user and request (django-structlog). The address is that of
# core.client.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,  # first: what is not written need not be built
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        logs.without_query,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
# json: each line is one JSON object, for a system that collects the logs of several servers.
LOG_FORMAT = env("LOG_FORMAT", default="") or "plain"
if LOG_FORMAT not in logs.FORMATS:
    raise ImproperlyConfigured(f"LOG_FORMAT: {' or '.join(logs.FORMATS)}")
LOGGING = logs.config(LOG_FORMAT, env("LOG_LEVEL", default="INFO"))
