"""How pages write numbers and times, their colours, and the files they are made of."""
