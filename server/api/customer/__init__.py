"""What the pages of a company's customers ask for by themselves."""
