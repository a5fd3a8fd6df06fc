"""The job that lets the mail of those who left go once it is kept no longer."""

from __future__ import annotations

from directory.base import system
from directory.lifecycle import end_keeping, mail_to_remove, note_removed
from provisioning.bootstrap import Service, clock
from provisioning.jobs.job import Job
from provisioning.logs import log_of
from provisioning.ports import MailServer, Unavailable

log = log_of(__name__)


def remove_kept_mail(service: Service) -> None:
    """Let go, target by target, of the mail that is kept no longer; one without a mail store keeps it."""
    for name, target in service.targets.items():
        if target.mail_server is not None:
            _remove(service, name, target.mail_server)


def _remove(service: Service, name: str, store: MailServer) -> None:
    """Decide whose mail is kept no longer, have the store remove it, and note that; what is left comes again."""
    ended = 1
    while ended:
        with service.outbox.transaction() as session:
            ended = end_keeping(session, system(clock(), "worker"), name)
    after = 0
    while True:
        with service.outbox.transaction() as session:
            over = mail_to_remove(session, name, after)
        if not over:
            return
        after = over[-1].id
        try:
            emptied = store.remove_mail({each.mailbox_id: each.before for each in over})
        except Unavailable as fault:
            log.warning("mail that is kept no longer could not be removed", target=name, reason=fault.reason)
            return
        with service.outbox.transaction() as session:
            note_removed(session, system(clock(), "worker"), [each.id for each in over if each.mailbox_id in emptied])
        if left := [each.mailbox_id for each in over if each.mailbox_id not in emptied]:
            log.warning("mailboxes still hold mail that is kept no longer", target=name, mailboxes=left)


JOBS = (Job("kept_mail", remove_kept_mail, every="20 18-20 * * *"),)
"""From one to four at night in Viet Nam: what was left, as while the mail store was away, is done an hour later."""
