"""The book of record: who works where, with which account, mailbox and address.

This floor is SQLAlchemy and rules. It knows no Flask, no ldap3, no settings, no clock and no files:
what time it is, who acts and which keys seal a field all come in as values.
"""
