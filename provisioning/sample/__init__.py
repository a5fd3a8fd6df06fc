"""A made-up directory to try the service with: real agencies' names, people that nobody is, secrets drawn at random."""

from provisioning.sample.loading import Loaded, NotEmpty, load
from provisioning.sample.sign_ins import SignIn, code_of, read_sign_ins, write_sign_ins
from provisioning.sample.staff_list import MOST_ROWS, MOST_SERIES, write_staff_list

__all__ = [
    "MOST_ROWS",
    "MOST_SERIES",
    "Loaded",
    "NotEmpty",
    "SignIn",
    "code_of",
    "load",
    "read_sign_ins",
    "write_sign_ins",
    "write_staff_list",
]
