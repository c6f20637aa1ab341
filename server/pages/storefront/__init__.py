"""Pages for customers: what a link in a mail opens."""
