"""Why a list as a whole is refused."""

from __future__ import annotations

from directory.errors import DirectoryError


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
