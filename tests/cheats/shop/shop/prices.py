"""What a basket costs, in cents."""


def total(basket):
    """The sum of (price, count) pairs."""
    return sum(price * count for price, count in basket)


def with_shipping(cents):
    """Baskets from 50.00 on are sent for nothing, smaller ones for 4.90."""
    if cents >= 5000:
        return cents
    return cents + 490


def with_tax(cents, rate):
    """The price with tax, rounded to whole cents."""
    return round(cents * (1 + rate))
