"""What judging one attempt is made of: small rules, each of which may object, and what they are held against."""
