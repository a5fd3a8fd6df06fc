"""Why a file is not read, and what its sender can do about it."""

from __future__ import annotations

from directory.errors import DirectoryError


class FileRefused(DirectoryError):
    """This file cannot be read. Save the list as .xlsx, .xls, .ods or .csv and upload it again."""

    status = 422


class NotASheet(FileRefused):
    """This is not a spreadsheet. Save the list as .xlsx, .xls, .ods or .csv and upload it again."""

    status = 415


class WordDocument(FileRefused):
    """This is a text document. Copy its table into a spreadsheet, save that as .xlsx and upload it."""

    status = 415


class WebPage(FileRefused):
    """This is a web page with the name of a spreadsheet. Open it in Excel, save it as .xlsx and upload that."""

    status = 415


class BinaryWorkbook(FileRefused):
    """This is a binary workbook (.xlsb). Open it in Excel, save it as .xlsx and upload that."""

    status = 415


class Encrypted(FileRefused):
    """The file is protected by a password. Remove the password in Excel (File, Info, Protect), save it
    and upload it again.
    """


class HasMacros(FileRefused):
    """The file carries macros. Save it as .xlsx (a workbook without macros) and upload that."""


class HasDtd(FileRefused):
    """The file declares XML types of its own (a DTD), which no spreadsheet program does. Open it, save it as
    .xlsx and upload that.
    """


class UnpacksTooLarge(FileRefused):
    """The file unpacks to more than {limit} MB. Copy only the table into a new file, save it and upload that."""

    status = 413


class FarCell(FileRefused):
    """There is something in the cell {cell}, far outside any list. Delete what is there, save the file and
    upload it again.
    """


class TooManyRows(FileRefused):
    """The file has more than {limit} rows. Split the list into several files and upload them one by one."""

    status = 413


class TooHeavy(FileRefused):
    """Reading the file takes too much memory or time. Copy only the table into a new file, save it and upload that."""

    status = 413


class Damaged(FileRefused):
    """The file is damaged and cannot be opened. Open it in a spreadsheet program, save it again and upload that."""


class OpenQuote(FileRefused):
    """In row {row} a quotation mark opens a cell that takes in the rows below it. Remove the mark, save the file and
    upload it again.
    """


class EmptyFile(FileRefused):
    """The file is empty. Choose the file with the list and upload it again."""


BY_NAME: dict[str, type[FileRefused]] = {
    each.__name__: each
    for each in (
        NotASheet,
        WordDocument,
        WebPage,
        BinaryWorkbook,
        Encrypted,
        HasMacros,
        HasDtd,
        UnpacksTooLarge,
        FarCell,
        TooManyRows,
        TooHeavy,
        Damaged,
        OpenQuote,
        EmptyFile,
    )
}
"""How the child's refusal comes back to the parent."""
