"""Pictures: texts that say how whole numbers, decimal numbers and moments are written, and how they are read."""
