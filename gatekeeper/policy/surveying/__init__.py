"""What the files of a tree say about how it is built, checked and tested: facts in, proposals out."""
