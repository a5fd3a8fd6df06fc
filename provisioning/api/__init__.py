"""The interface of programs: JSON, with an API token in the header `Authorization: Bearer …`; no cookie counts here."""

from provisioning.api import lists

MODULES = (lists,)
"""Every module with an interface; each has a `blueprint`."""
