"""Net is a number.

Kind: network
Attack: something else than a class
Must: refused
"""

Net = 5
