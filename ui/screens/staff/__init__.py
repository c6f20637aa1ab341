"""Who is at the till: shift, PINs, a manager's permission."""
