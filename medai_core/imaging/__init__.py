"""From bytes to a scan to grey values: decoding, the grey-scale pipeline, phantoms."""
