"""The use cases, one function each: what a page or the command line may ask for."""
