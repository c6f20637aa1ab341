"""Apple Wallet: signed passes, the phones that have them, and the pushes that have phones fetch them anew."""
