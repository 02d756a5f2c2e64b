"""`keyflow serve`: every route of every API over HTTP on this machine, and pages that show what ran."""
