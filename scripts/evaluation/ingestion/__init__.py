"""How files are read: what real files must give, imitations of public formats with their truth, and what counts as right."""
