"""How values, conditions and results are written in each of the two query languages."""
