"""An exchange of a till, from request to answer."""
