"""Signing in, as the web needs it: who is signed in, the cookie, and the one way to compare a secret."""

from provisioning.signin.guessing import guarded
from provisioning.signin.person import Person, SignIn, browser, give_cookie, take_cookie

__all__ = ["Person", "SignIn", "browser", "give_cookie", "guarded", "take_cookie"]
