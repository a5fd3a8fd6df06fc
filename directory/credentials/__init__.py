"""Credentials: what proves who someone is. Tables and verbs to enrol, spend, revoke and recover."""

from directory.credentials.activation import activate, issue_activation_codes, sound_alarm, waiting_accounts
from directory.credentials.api_tokens import (
    actor_of_token,
    api_tokens,
    make_api_token,
    revoke_api_token,
    revoke_api_tokens,
    token_agencies,
)
from directory.credentials.app_passwords import (
    app_passwords_of,
    mailboxes_of,
    make_app_password,
    revoke_app_password,
    revoke_app_passwords,
)
from directory.credentials.disuse import revoke_disused
from directory.credentials.leftovers import forget_leftovers
from directory.credentials.overview import OwnRecord, Protection, own_record, protection_of
from directory.credentials.passwords import change_password, check_password, set_password
from directory.credentials.recovery import (
    finish_recovery,
    prove_authenticator,
    prove_recovery_code,
    recovery_of,
    start_recovery,
)
from directory.credentials.recovery_codes import make_recovery_codes, recovery_codes_left, spend_recovery_code
from directory.credentials.sessions import (
    end_session,
    end_sessions,
    load_session,
    note_seen,
    open_sessions,
    roles_of,
)
from directory.credentials.sign_in import Opened, open_session, prove_enrolment, prove_factor, sign_in, subject_called
from directory.credentials.slips import Slip, Waiting, issue_slips, lines_of
from directory.credentials.totp import (
    check_totp,
    confirm_totp,
    has_totp,
    provisioning_uri,
    secret_being_enrolled,
    start_totp,
)
from directory.credentials.tries import Try, begin_try, subject_of

__all__ = [
    "Opened",
    "OwnRecord",
    "Protection",
    "Slip",
    "Try",
    "Waiting",
    "activate",
    "actor_of_token",
    "api_tokens",
    "app_passwords_of",
    "begin_try",
    "change_password",
    "check_password",
    "check_totp",
    "confirm_totp",
    "end_session",
    "end_sessions",
    "finish_recovery",
    "forget_leftovers",
    "has_totp",
    "issue_activation_codes",
    "issue_slips",
    "lines_of",
    "load_session",
    "mailboxes_of",
    "make_api_token",
    "make_app_password",
    "make_recovery_codes",
    "note_seen",
    "open_session",
    "open_sessions",
    "own_record",
    "protection_of",
    "prove_authenticator",
    "prove_enrolment",
    "prove_factor",
    "prove_recovery_code",
    "provisioning_uri",
    "recovery_codes_left",
    "recovery_of",
    "revoke_api_token",
    "revoke_api_tokens",
    "revoke_app_password",
    "revoke_app_passwords",
    "revoke_disused",
    "roles_of",
    "secret_being_enrolled",
    "set_password",
    "sign_in",
    "sound_alarm",
    "spend_recovery_code",
    "start_recovery",
    "start_totp",
    "subject_called",
    "subject_of",
    "token_agencies",
    "waiting_accounts",
]
