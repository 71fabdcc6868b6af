"""Floor 2: does what policy decided, over anyio, through the ports it declares. Knows no adapter."""
