"""What the data quality page and the review list draw."""
