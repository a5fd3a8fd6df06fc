"""Why a list as a whole is refused."""

from __future__ import annotations

from directory.errors import DirectoryError


class NotForYou(DirectoryError):
    """You import lists for no agency with the code {code}. Check the code, or ask the operator for the right."""

    status = 404


class NoTable(DirectoryError):
    """No table of people was found. Its header must be within the first 30 rows and have a column Họ và tên."""

    status = 422


class SheetsToChooseFrom(DirectoryError):
    """Several sheets of the file have a table: {sheets}. Say which one is meant."""

    status = 422


class SheetUnknown(DirectoryError):
    """The file has no sheet {sheet}; it has: {sheets}."""

    status = 422


class BadHints(DirectoryError):
    """What is said of the list's columns cannot be used: {about}. A field belongs to one column,
    named by its letters.
    """

    status = 422


class SamePerson(DirectoryError):
    """The second person must be another one than whoever confirmed the leavers. Ask a colleague to look at the list."""


class SecondPersonNeeded(DirectoryError):
    """{leavers} leavers are confirmed within 24 hours; more than {limit} need a second person, who confirms them
    on the list's page.
    """


class PlanChanged(DirectoryError):
    """Someone changed this plan after your page was shown. Look at it again, then go on."""


class NoChoice(DirectoryError):
    """This row has no such choice any more. Look at the list again."""


class NotLeftOut(DirectoryError):
    """A leaver is not left out of a list; take back the confirmation instead."""


class GaveUp(DirectoryError):
    """Reading this file was interrupted several times. Divide the list into smaller files and upload those."""

    status = 422


class WarningsUnread(DirectoryError):
    """There are warnings about {count} rows. Read them, confirm that they are right, and apply the list again."""
