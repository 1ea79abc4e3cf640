"""The Notes page: a note is brought, read, marked, and accepted item by item."""
