"""What the pages of patients are made of: the list, the board of one record, its charts, one entry."""
