"""Published scores: one pure function a file, the paper named beside every coefficient."""
