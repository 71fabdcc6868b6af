"""Small files on a disk, for the other adapters: the only one that they may import."""
