"""What steps measured: their coverage, and the numbers that they write or print."""
