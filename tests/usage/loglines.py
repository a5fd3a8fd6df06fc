"""Lines as Dovecot 2.3 and Postfix 3.7 write them (deploy/dovecot/README.md, deploy/postfix/README.md)."""

from __future__ import annotations

import json


def sign_in(device: str, at: str = "2026-11-22T12:38:12.896667Z", **changed: object) -> str:
    """A sign-in to IMAP with an app password."""
    fields = {
        "duration": 1530,
        "success": "yes",
        "mechanism": "PLAIN",
        "service": "imap",
        "remote_ip": "127.0.0.1",
        "original_user": "annv@dongbang.gov.vn",
        "user": "mb7929db544573",
        "master_user": device,
        **changed,
    }
    event = {
        "event": "auth_request_finished",
        "hostname": "vm",
        "start_time": at,
        "end_time": at,
        "categories": ["auth", "service:auth"],
        "fields": {name: value for name, value in fields.items() if value is not None},
    }
    return f"2026-11-22T12:38:12+0000 stats: Info: {json.dumps(event, separators=(',', ':'))}"


def flags(mailbox: str, flags: str = r"\Seen \Recent", at: str = "2026-11-22T12:38:12+0000") -> str:
    """A change of flags in a mailbox over IMAP."""
    return f"{at} imap({mailbox})<17089><+ZwjwNxg8uV/AAAB>: Info: flag_change: uid=1, flags=({flags})"


def sent(mailbox: str, at: str = "Nov 22 12:38:12", device: str = "@d4") -> str:
    """A message handed in over submission, with an app password."""
    return (
        f"{at} mail postfix/submission/smtpd[17083]: C5F5440CB47: client=localhost[127.0.0.1], "
        f"sasl_method=PLAIN, sasl_username={mailbox}{device}"
    )


OTHERS_OF_DOVECOT = (
    "2026-11-22T12:38:10+0000 master: Info: Dovecot v2.3.19.1 (9b53102964) starting up for imap, pop3, lmtp",
    "2026-11-22T12:38:12+0000 imap-login: Info: Login: user=<mb7929db544573>, method=PLAIN, rip=127.0.0.1, TLS",
    "2026-11-22T12:38:13+0000 imap(mb7929db544573)<17089><+Zw>: Info: Logged out in=93 out=914 deleted=0",
    "2026-11-22T12:38:13+0000 lmtp(mb7929db544573)<170><x>: Info: msgid=<1@x>: saved mail to INBOX",
    flags("mb7929db544573", r"\Answered"),
    flags("mb7929db544573", ""),
)
OTHERS_OF_POSTFIX = (
    "Nov 22 12:38:12 mail postfix/submission/smtpd[17083]: connect from localhost[127.0.0.1]",
    (
        "Nov 22 12:38:12 mail postfix/submission/smtpd[17083]: warning: unknown[192.0.2.7]: SASL PLAIN authentication"
        " failed: (reason unavailable), sasl_username=annv@dongbang.gov.vn"
    ),
    "Nov 22 12:38:12 mail postfix/smtpd[17083]: C5F5440CB47: client=localhost[127.0.0.1]",
    "Nov 22 12:38:12 mail postfix/qmgr[17083]: C5F5440CB47: from=<annv@dongbang.gov.vn>, size=300, nrcpt=1",
    "",
)
