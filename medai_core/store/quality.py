"""What the data quality page counts, and the counts that are kept.

start, finish, newest.
"""

from medai_core.store.connection import Repository


class Quality(Repository):
    """The quality counts of one store."""
