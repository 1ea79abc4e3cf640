"""What the Models page is made of: the list, one card as a page, its parts."""
