"""What the administrator's page is made of."""
