"""Alembic's environment: the connection comes from `migrate`, the metadata from the declared tables."""

from alembic import context

from directory.tables import Base
from provisioning.migrations.declared import include_name

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_name=include_name,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
