"""Commands of the command line that have grown too large for its module; called from there alone."""
