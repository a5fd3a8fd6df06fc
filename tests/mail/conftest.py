"""The tests of notices share a database that is emptied before each."""

from tests.emptied import common_url, database_url

__all__ = ["common_url", "database_url"]
