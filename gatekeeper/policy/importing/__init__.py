"""A plan written for people, mapped onto a definition: what is said where, and how surely."""
