"""Records that come in through the page: what tables mean, a dry run, and then the import."""
