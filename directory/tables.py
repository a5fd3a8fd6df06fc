"""Every table of the book in one import: for migrations, and for whoever needs the whole metadata."""

from directory.accounts import Account
from directory.addresses import Address
from directory.adoption.tables import AdoptionSnapshot, UseDay
from directory.agencies import Agency, AgencyCode, AgencyName, AgencyPlace, Headcount, Succession
from directory.agency_groups import AgencyGroup
from directory.answers import Answer
from directory.appointments import Appointment
from directory.audit import AuditEvent
from directory.base import Base
from directory.corrections import Correction
from directory.credentials import tables as credentials
from directory.domains import Domain
from directory.due import Due
from directory.grants import Grant
from directory.links import Link
from directory.mailboxes import Holding, Mailbox
from directory.mailing_lists.tables import ListMember, MailingList, MembershipChange
from directory.notices import Notice
from directory.officials import Official
from directory.people import words
from directory.policies import Policy, Rollout
from directory.reorganisation.tables import Ending, Handing, Reorganisation
from directory.source_keys import SourceKey
from directory.staff_lists.tables import StaffList, StaffListFile, StaffListRow, StaffListShape
from directory.tallies import Tally
from directory.throttle import Failures

__all__ = [
    "Account",
    "Address",
    "AdoptionSnapshot",
    "Agency",
    "AgencyCode",
    "AgencyGroup",
    "AgencyName",
    "AgencyPlace",
    "Answer",
    "Appointment",
    "AuditEvent",
    "Base",
    "Correction",
    "Domain",
    "Due",
    "Ending",
    "Failures",
    "Grant",
    "Handing",
    "Headcount",
    "Holding",
    "Link",
    "ListMember",
    "Mailbox",
    "MailingList",
    "MembershipChange",
    "Notice",
    "Official",
    "Policy",
    "Reorganisation",
    "Rollout",
    "SourceKey",
    "StaffList",
    "StaffListFile",
    "StaffListRow",
    "StaffListShape",
    "Succession",
    "Tally",
    "UseDay",
    "credentials",
    "words",
]
