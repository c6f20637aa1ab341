"""Operations on cards: history, blanks and pools."""
