"""The service round the book of record: web, programs' interface, worker, LDAP, mail."""
