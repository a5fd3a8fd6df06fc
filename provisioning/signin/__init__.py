"""Signing in, as the web needs it: who is signed in, the cookies, and the one way to compare a secret."""

from provisioning.signin.cookies import RECOVERY, SESSION
from provisioning.signin.guessing import guarded
from provisioning.signin.person import Person, SignIn, browser

__all__ = ["RECOVERY", "SESSION", "Person", "SignIn", "browser", "guarded"]
