"""Adoption: how far official e-mail is provided, activated and used, agency by agency."""
