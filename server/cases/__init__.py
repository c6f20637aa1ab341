"""Cases in the office: the list, the story of one, and its decision."""
