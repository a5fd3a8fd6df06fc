"""Mail as a neighbour: the mail store's door (doveadm), how notices leave and what they say, who may send to lists."""

from provisioning.mail.doveadm import Doveadm
from provisioning.mail.letters import LetterBox
from provisioning.mail.list_senders import Doorkeeper, Judge, ping_doorkeeper
from provisioning.mail.notices import Postman
from provisioning.mail.smtp import SmtpMailer

__all__ = ["Doorkeeper", "Doveadm", "Judge", "LetterBox", "Postman", "SmtpMailer", "ping_doorkeeper"]
