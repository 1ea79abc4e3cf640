"""What the reading page is made of: the case's strip, the images, the model's answer, the report."""
