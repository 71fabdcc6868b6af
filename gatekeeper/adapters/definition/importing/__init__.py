"""Reading a plan written for people, and writing the definition that comes of it."""
