"""What was booked: a card's history, lists, reports and returns."""
