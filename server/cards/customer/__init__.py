"""What a company knows of a card's customer: changed by people, and completed when cards are merged."""
