"""Mail as a neighbour: the mail store's door (doveadm), the way notices leave (SMTP), and what they say."""

from provisioning.mail.doveadm import Doveadm
from provisioning.mail.letters import LetterBox
from provisioning.mail.notices import Postman
from provisioning.mail.smtp import SmtpMailer

__all__ = ["Doveadm", "LetterBox", "Postman", "SmtpMailer"]
