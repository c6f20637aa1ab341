"""What the owner of a card does with it and with their data: pages that ask for a code of the last ten minutes."""
