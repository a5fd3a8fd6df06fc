"""The private stack: PostgreSQL, slapd, Dovecot and Postfix in one folder, started and stopped as one.

Standard library only: this runs before anything is installed. It knows nothing of the service.
"""
