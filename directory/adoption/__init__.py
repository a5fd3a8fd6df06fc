"""Adoption: what is counted of officials and their use of official e-mail, kept by day, held against targets."""

from directory.adoption.disuse import foresee_unused, suspend_disused, unused_days
from directory.adoption.indicators import INDICATORS, Difference, Figures, Rate, Status, difference, judge, share
from directory.adoption.reports import Kept, Report, Row, overview, report
from directory.adoption.snapshots import is_counted, take_snapshot, thin_snapshots
from directory.adoption.use import Kind, forget_use, mark_devices, mark_mailboxes, mark_sign_ins, mark_use, thin_use

__all__ = [
    "INDICATORS",
    "Difference",
    "Figures",
    "Kept",
    "Kind",
    "Rate",
    "Report",
    "Row",
    "Status",
    "difference",
    "foresee_unused",
    "forget_use",
    "is_counted",
    "judge",
    "mark_devices",
    "mark_mailboxes",
    "mark_sign_ins",
    "mark_use",
    "overview",
    "report",
    "share",
    "suspend_disused",
    "take_snapshot",
    "thin_snapshots",
    "thin_use",
    "unused_days",
]
