"""What both ends say and the till's exchange, each against fakes of the other."""
