"""What the entries of the target should be: pure rules, and the queries that read the values they need."""

from directory.desired.entries import Entry, Name
from directory.desired.values import Wanted, wanted

__all__ = ["Entry", "Name", "Wanted", "wanted"]
