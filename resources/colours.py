"""The colours of till and pages by role, in light and dark. Nothing else may hold a colour."""

from msgspec import Struct


class Colours(Struct, frozen=True):
    """One colour for each role."""

    bg: str
    surface: str
    key: str
    sunken: str
    disabled: str
    line: str
    line_strong: str
    ink: str
    ink2: str
    ink3: str
    night: str
    night_well: str
    night_line: str
    on_night: str
    on_night2: str
    on_night3: str
    gold: str
    gold_press: str
    on_gold: str
    gold_soft: str
    gold_ink: str
    gold_line: str
    primary: str
    on_primary: str
    ok: str
    ok_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    focus: str
    scrim: str  # with alpha first, as Qt expects
    camera: str = "#0B1224"
    pill: str = "#0E1A36"
    on_pill: str = "#FFFFFF"
    seen: str = "#62D49B"


LIGHT = Colours(
    bg="#EDF0F6",
    surface="#FFFFFF",
    key="#FFFFFF",
    sunken="#E1E6EF",
    disabled="#E1E6EF",
    line="#CDD5E3",
    line_strong="#75829E",
    ink="#0E1A36",
    ink2="#44516C",
    ink3="#596681",
    night="#12204A",
    night_well="#1D2F66",
    night_line="#6378BE",
    on_night="#FFFFFF",
    on_night2="#BFCAE8",
    on_night3="#A6B6E6",
    gold="#F5B93F",
    gold_press="#E5A31E",
    on_gold="#101B38",
    gold_soft="#FDF0D0",
    gold_ink="#774900",
    gold_line="#E9C77A",
    primary="#1B3170",
    on_primary="#FFFFFF",
    ok="#0B6942",
    ok_soft="#DDF2E7",
    warn="#963B00",
    warn_soft="#FFE9D9",
    bad="#AE231B",
    bad_soft="#FCE7E5",
    focus="#2F62F0",
    scrim="#9E0A1024",
)

DARK = Colours(
    bg="#090F1E",
    surface="#131C34",
    key="#1C2746",
    sunken="#0F172B",
    disabled="#0F172B",
    line="#28345A",
    line_strong="#6C7BA3",
    ink="#F2F5FC",
    ink2="#B7C2DC",
    ink3="#94A2C4",
    night="#1B2C63",
    night_well="#263B7C",
    night_line="#7B91D6",
    on_night="#FFFFFF",
    on_night2="#C6D1EE",
    on_night3="#B6C4EF",
    gold="#F5B93F",
    gold_press="#E5A31E",
    on_gold="#101B38",
    gold_soft="#2D2614",
    gold_ink="#FFD27A",
    gold_line="#6B5420",
    primary="#3A5BC7",
    on_primary="#FFFFFF",
    ok="#62D49B",
    ok_soft="#11302A",
    warn="#FFB27A",
    warn_soft="#3A2416",
    bad="#FF9D94",
    bad_soft="#3B1B20",
    focus="#8FB0FF",
    scrim="#B803060E",
)


class PageColours(Struct, frozen=True):
    """What pages in a browser have beside the shared roles."""

    page: str  # ground of a back-office page
    hairline: str  # table lines, edges of cards
    link: str
    info_soft: str  # a chosen filter or row
    plot_1: str
    plot_2: str
    plot_soft: str
    heat_0: str
    heat_1: str
    heat_2: str
    heat_3: str
    heat_4: str
    heat_5: str
    nav: str  # the place one is at, in the light bar
    stamp: str  # a small gold dot, dark enough for a light ground
    shadow: str


PAGE_LIGHT = PageColours(
    page="#F1F3F8",
    hairline="#DDE2EC",
    link="#274BB0",
    info_soft="#E7EDFC",
    plot_1="#31508F",
    plot_2="#7A90C4",
    plot_soft="#DCE4F4",
    heat_0="#F1F3F9",
    heat_1="#DAE2F2",
    heat_2="#B5C4E4",
    heat_3="#859CCF",
    heat_4="#5272B3",
    heat_5="#2E4A88",
    nav="#E9EDF5",
    stamp="#DB971A",
    shadow="#0E1A3614",
)

PAGE_DARK = PageColours(
    page="#090F1E",
    hairline="#232E51",
    link="#9DB6FF",
    info_soft="#1A2850",
    plot_1="#7C9CEB",
    plot_2="#546CB0",
    plot_soft="#1B2A55",
    heat_0="#141E3A",
    heat_1="#1D2C57",
    heat_2="#2B4280",
    heat_3="#4360AE",
    heat_4="#6C8BDE",
    heat_5="#A3BAF8",
    nav="#1C2746",
    stamp="#F5B93F",
    shadow="#00000000",
)


class StorefrontColours(Struct, frozen=True):
    """The warm paper round the company's colour on customers' pages."""

    ground: str
    line: str


STOREFRONT_LIGHT = StorefrontColours(ground="#F5F4F0", line="#E4E2DA")
STOREFRONT_DARK = StorefrontColours(ground="#0B1416", line="#22373C")
