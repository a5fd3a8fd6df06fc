"""Makes the target equal to the book: claims what is due, looks, decides, writes, records."""

from provisioning.reconcile.rounds import Reconciler, Report

__all__ = ["Reconciler", "Report"]
