"""What customers ask of a company by themselves: routes of what they may do, and streams of open card pages."""
