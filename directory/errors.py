"""Everything the book refuses, by name. The docstring is the message (an English message id with {fields})."""

from __future__ import annotations

from typing import ClassVar


class DirectoryError(Exception):
    """The directory refused this."""

    status: ClassVar[int] = 409

    def __init__(self, **fields: object) -> None:
        super().__init__(fields)
        self.fields = fields

    @property
    def message_id(self) -> str:
        """The English sentence with its {fields} unfilled: the key of the translation catalogues."""
        return " ".join((type(self).__doc__ or "").split())

    def __str__(self) -> str:
        return self.message_id.format(**self.fields)


class NotAllowed(DirectoryError):
    """You do not have the right to do this here. Ask the operator of your agency for it."""

    status = 403


class NotFound(DirectoryError):
    """There is no such record, or it lies outside the agencies you look after."""

    status = 404


class SealBroken(DirectoryError):
    """The field {purpose} cannot be opened with the key in use. Tell the operator; nothing was changed."""

    status = 500


class BadValue(DirectoryError):
    """{field}: {reason}"""

    status = 422


class OfficialExists(DirectoryError):
    """An official with this personal ID number is already in the directory: {name}, {agency}."""


class OfficialElsewhere(OfficialExists):
    """This personal ID number belongs to an official of an agency you do not look after. Ask for a transfer."""


class AccountExists(DirectoryError):
    """{name} already has the account {number}."""


class CodeTaken(DirectoryError):
    """The identifier code {code} is or was another agency's. A code is never given twice."""


class DomainTaken(DirectoryError):
    """The domain {domain} is in the directory already."""


class AddressReserved(DirectoryError):
    """The address {address} is kept for a role or for the service itself. Choose another."""

    status = 422


class AddressTaken(DirectoryError):
    """The address {address} belongs to someone else, or did until a short while ago. Choose another."""


class DomainUnknown(DirectoryError):
    """The domain {domain} is not a domain of this agency."""

    status = 422


class NoFreeAddress(DirectoryError):
    """Every address that the naming patterns give for {name} is taken. Type one by hand."""


class NoDomain(DirectoryError):
    """{agency} has no active mail domain, and neither has an agency above it. Ask the operator to add one."""

    status = 422


class WrongState(DirectoryError):
    """This cannot be done now: {subject} is {state}."""


class Stale(DirectoryError):
    """Someone else changed this meanwhile. Look at the new state and do it again."""


class ChangedMeanwhile(DirectoryError):
    """Someone else changed this record while you had it open: {fields}. Look at what stands there now, then save."""


class PolicyChanged(DirectoryError):
    """Someone else changed this policy meanwhile; it is now: {value}. If yours is still right, set it again."""


class PolicyHeld(DirectoryError):
    """{agency} holds this policy for all agencies below it: here it can be stricter, but not less strict."""

    status = 422


class RevealsSpent(DirectoryError):
    """You have revealed {limit} fields of personal data today, and more is not possible. Go on tomorrow."""

    status = 429


class RefusalsSpent(DirectoryError):
    """You were refused personal data {limit} times today, and nothing more is looked up. Ask the operator for the
    right.
    """

    status = 429


class CorrectionWaits(DirectoryError):
    """A correction of this field waits already. Withdraw it first if you want something else."""


class CorrectionDecided(DirectoryError):
    """This correction was decided or withdrawn meanwhile. Nothing was changed; look at the list again."""


class SignInRefused(DirectoryError):
    """The address and the password or code do not match, or the account cannot sign in now."""

    status = 403


class TooManyTries(DirectoryError):
    """Too many tries. Wait {seconds} seconds and try again."""

    status = 429


class FactorNeeded(DirectoryError):
    """This needs your second factor again: enter a fresh code."""

    status = 403


class CodeRefused(DirectoryError):
    """The code is wrong, already used or too old. Use a new one."""

    status = 422


class TooManyAtOnce(DirectoryError):
    """That is too many at once: at most {limit}. Choose fewer, such as one agency."""

    status = 422


class SlipUsed(CodeRefused):
    """This slip was used already. If it was you, sign in with the password you chose; if not, tell the IT staff of
    your agency at once.
    """


class RecoveryOver(DirectoryError):
    """This attempt to set a new password is over, or this step was already taken. If you have just set one, sign in
    with it; otherwise begin again.
    """


class TokenRefused(DirectoryError):
    """The token is unknown, expired or revoked. Have a new one made on the page API tokens."""

    status = 401


class WeakPassword(DirectoryError):
    """This password is not accepted: {reason}"""

    status = 422


class TooMany(DirectoryError):
    """There are already {limit} of these. Remove one first."""


class OutOfService(DirectoryError):
    """{name} has left the service. To bring them back to their account, use Rehire."""


class StillInService(DirectoryError):
    """{name} is in service. Transfer whoever moves to another agency; take back a leaving that was a mistake."""


class NotLeaving(DirectoryError):
    """No leaving of {name} waits to be carried out, so there is nothing to take back."""


class DecidedMeanwhile(DirectoryError):
    """Someone else decided about {name} while you had this open. Look at the posts held, then decide again."""


class NotPlanned(DirectoryError):
    """This is planned no more: it has begun, or somebody called it off already. Look at the posts held."""


class Merged(DirectoryError):
    """This record was merged into another one. Go on with that one."""


class AgencyNotEmpty(DirectoryError):
    """{agency} cannot just end: on that day it still has {officials} officials, {units} agencies below it, {mailboxes}
    role mailboxes and {lists} mailing lists. Name who goes on in its place, or move and close them first.
    """


class EndPlanned(DirectoryError):
    """{agency} ends on a day already, as was planned. Call that off first."""


class EndBegun(DirectoryError):
    """The end of {agency} is being carried out, or done; it can be called off no more."""


class AnotherTarget(DirectoryError):
    """{domain} is on another LDAP server than the present address, so mail to an address in it would not be found.
    Choose an address in a domain of the same server.
    """

    status = 422


class MergedApart(DirectoryError):
    """The mail of these two records is on different LDAP servers, so their addresses cannot come together. Let the
    one of them leave that is not used any more.
    """


class DomainSettled(DirectoryError):
    """{domain} cannot go to another LDAP server now. It must have no address and never have had one, be retired, and
    its entry must be shut on the server where it is.
    """


class DomainOnceAnothers(DirectoryError):
    """The domain {domain} belonged to {agency} before, and {addresses} addresses were given in it. Whoever has one of
    them would get mail there again. Confirm it if that is what you want.
    """


class PostHeld(DirectoryError):
    """{name} holds this post, or is seconded elsewhere, in some of these days already. Look at the posts held."""


class MailboxClosed(DirectoryError):
    """The mailbox {name} is closed. Open another one with a new address."""
