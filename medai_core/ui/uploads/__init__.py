"""Files that come in through the page: the panel, and the import that runs beside it."""
