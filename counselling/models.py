"""The tables of counselling; each is defined in the subpackage it belongs to."""

from counselling.attachments.models import Attachment, AttachmentContent
from counselling.cases.models import (
    Case,
    CaseConcern,
    CaseEntry,
    CaseReader,
    CaseSession,
    CaseTask,
    Note,
    NoteDraft,
)
from counselling.letters.models import PlaceKind, Referral, ReferralEntry, ReferralPlace
from counselling.plans.models import Measure, MeasureTick, PlanLook, SupportPlan
from counselling.pool.models import Brief, BriefTold, Engagement, PoolMember, PoolSchool
from counselling.received.models import ReferralCopy

__all__ = [
    "Attachment",
    "AttachmentContent",
    "Brief",
    "BriefTold",
    "Case",
    "CaseConcern",
    "CaseEntry",
    "CaseReader",
    "CaseSession",
    "CaseTask",
    "Engagement",
    "Measure",
    "MeasureTick",
    "Note",
    "NoteDraft",
    "PlaceKind",
    "PlanLook",
    "PoolMember",
    "PoolSchool",
    "Referral",
    "ReferralCopy",
    "ReferralEntry",
    "ReferralPlace",
    "SupportPlan",
]
