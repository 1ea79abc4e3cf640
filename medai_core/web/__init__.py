"""What is plain HTTP beside the pages: sign-in routes, the guard, pixels and documents."""
