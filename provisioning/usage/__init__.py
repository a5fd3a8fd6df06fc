"""Usage: days of use out of the mail servers' logs, which are read on from where they were left."""

from provisioning.usage.harvesting import READERS, Harvest, harvest, logs_at, was_read

__all__ = ["READERS", "Harvest", "harvest", "logs_at", "was_read"]
