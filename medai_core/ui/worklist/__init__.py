"""What the worklist page is made of: filters, the table, its refreshing."""
