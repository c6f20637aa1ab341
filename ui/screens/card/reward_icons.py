"""Finds an icon for a reward by words in its name, which may be in any of the till's languages."""

import re
import unicodedata
from functools import lru_cache

OTHERWISE = "gift"
KEPT_MAX = 256  # names; a program has about a dozen
SHORT = 3  # words up to this length must match whole words: "ice" does not match "rice"

# The first match counts. Longer words also match the beginning or end of a word ("Apfelkuchen", "muffins").
_WORDS = {
    "percent": "% rabatt rabais remise discount reduction réduction ermäßigung reduktioun",
    "coffee": "coffee kaffee kaffi café cafe caffe espresso cappuccino macchiato mokka tea tee thé tei cacao kakao"
    " schokolade chocolat chaud",
    "croissant": "croissant hörnchen gipfeli viennoiserie pastry gebäck plunder brioche",
    "wheat": "bread brot brout pain baguette brötchen loaf laib bretzel brezel pretzel",
    "cake-slice": "cake kuchen kuch gâteau gateau torte tarte muffin brownie cupcake",
    "cookie": "cookie biscuit keks kichelcher",
    "donut": "donut doughnut beignet berliner krapfen",
    "ice-cream-cone": "ice eis eisbecher glace sorbet gelato scoop kugel äis",
    "hamburger": "burger hamburger cheeseburger",
    "sandwich": "sandwich panini toast bagel schmier",
    "pizza": "pizza",
    "salad": "salad salade salat zalot bowl",
    "soup": "soup soupe suppe zopp",
    "utensils": "menu menü mittagessen lunch breakfast frühstück déjeuner brunch plat gericht meal",
    "cup-soda": "soda lemonade limonade limo drink getränk boisson jus juice saft smoothie gedrénks",
    "beer": "beer bier bière béier pils",
    "wine": "wine wein vin wäin crémant sekt champagne",
    "shopping-bag": "bag tote tasche beutel sac cabas tut",
    "shirt": "shirt tee-shirt pullover sweater",
    "book-open": "book buch livre magazine",
    "flower-2": "flower blume fleur bouquet strauß",
    "scissors": "haircut haarschnitt coiffure shampoo",
    "ticket": "ticket eintritt entrée kino cinéma cinema voucher gutschein",
}


@lru_cache(maxsize=KEPT_MAX)
def reward_icon(name: str) -> str:
    """The bundled icon that fits *name*, or a gift."""
    name_words = re.findall(r"\w+|%", _plain(name))
    for icon, words in _FOUND_BY.items():
        if any(_matches(each, word) for each in name_words for word in words):
            return icon
    return OTHERWISE


def _matches(found: str, word: str) -> bool:
    return found == word or (len(word) > SHORT and (found.startswith(word) or found.endswith(word)))


def _plain(words: str) -> str:
    """The text without case and accents, as "Café" is often typed "cafe"."""
    return "".join(each for each in unicodedata.normalize("NFKD", words.casefold()) if not unicodedata.combining(each))


_FOUND_BY = {icon: tuple(_plain(words).split()) for icon, words in _WORDS.items()}
