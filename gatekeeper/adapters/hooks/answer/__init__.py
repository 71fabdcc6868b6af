"""The one module that an installed hook starts; alone in its folder, which it is imported from."""
