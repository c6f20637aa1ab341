"""The styles of buttons. Colours are roles, sizes are for 100 %."""

from msgspec import Struct
from msgspec.structs import replace

from ui.look.theme import RADIUS_BUTTON, RADIUS_KEY, RADIUS_PANEL, Type


class ButtonStyle(Struct, frozen=True):
    """The style of a kind of button."""

    ground: str = "surface"
    held: str = ""  # colour role while pressed; default: a darker ground
    ink: str = "ink"
    ink2: str = "ink2"
    icon_ink: str = ""  # default: the ink
    icon_well: str = ""
    edge: str = ""
    type: Type = Type.SIDE
    height: int = 64
    icon: int = 24
    pad: int = 20
    gap: int = 14
    radius: int = RADIUS_BUTTON
    centred: bool = False
    top: bool = False  # text starts at the top, for large choices
    shadow: bool = True


MAIN_GOLD = ButtonStyle("gold", "gold_press", "on_gold", "on_gold", type=Type.BUTTON, height=72, icon=28, shadow=False)
MAIN_PRIMARY = ButtonStyle(
    "primary", "", "on_primary", "on_primary", type=Type.BUTTON, height=72, icon=28, shadow=False
)
COUNT_GOLD = replace(MAIN_GOLD, pad=4, centred=True)
STAMP_COUNT = ButtonStyle(type=Type.BUTTON, height=84, pad=24, edge="gold_line", shadow=False)
GREAT_GOLD = replace(MAIN_GOLD, type=Type.KEY, height=96, icon=34, pad=24)
NIGHT_SECOND = ButtonStyle(
    "night_well", "", "on_night", "on_night2", type=Type.BUTTON_SMALL, height=72, icon=28, shadow=False
)
SECOND = ButtonStyle(edge="line_strong", type=Type.BUTTON_SMALL, height=72, centred=True, shadow=False)
SIDE = ButtonStyle(icon_ink="ink2")
SIDE_OVER = ButtonStyle(icon_ink="ink2", pad=16, gap=12)  # for four buttons over the camera picture
SIDE_SMALL = ButtonStyle(icon_ink="ink2", type=Type.CAP, icon=20, pad=8, gap=6)
MARK = ButtonStyle(icon_ink="ink2", edge="line_strong", pad=18, gap=0, shadow=False)  # an icon that may be set
MARK_SET = replace(MARK, ground="primary", icon_ink="on_primary", edge="")
QUIET = ButtonStyle("", icon_ink="ink2", shadow=False)  # a ground only while touched
BAR = ButtonStyle(type=Type.CAP, height=48, pad=14, gap=10)
REWARD = ButtonStyle(
    type=Type.BUTTON_SMALL, height=72, pad=12, edge="gold_line", icon_ink="gold_ink", icon_well="gold_soft"
)
CHOICE = ButtonStyle(type=Type.BUTTON, height=164, icon=36, pad=24, gap=24, top=True)
CHOICE_GOLD = replace(MAIN_GOLD, height=164, icon=36, pad=24, gap=24, top=True)
TOAST = ButtonStyle(type=Type.BUTTON_SMALL, pad=12, gap=10)
NUMBER_KEY = ButtonStyle("key", type=Type.KEY, icon=28, radius=RADIUS_KEY, centred=True)
SOFT_KEY = replace(NUMBER_KEY, ground="sunken", shadow=False)
MENU_ENTRY = ButtonStyle(type=Type.BUTTON_SMALL, height=80, icon=28, pad=18, gap=16, icon_ink="ink2")
CASE_LINE = replace(MENU_ENTRY, height=84, gap=14, edge="line", icon_well="sunken", shadow=False)
CASE_LINE_MARKED = replace(CASE_LINE, edge="focus")
CASE_CHOICE = ButtonStyle(
    type=Type.BUTTON_SMALL, height=141, icon=28, pad=18, gap=14, top=True, edge="line_strong", shadow=False
)
CASE_CHOICE_CHOSEN = replace(CASE_CHOICE, edge="focus", icon_ink="focus")
TAB = ButtonStyle("sunken", type=Type.LABEL, pad=18, centred=True, shadow=False)
TAB_CHOSEN = replace(TAB, ground="surface", edge="focus")
SECTION = ButtonStyle("", type=Type.LABEL, pad=16, ink="ink2", icon_ink="ink2", shadow=False)
SECTION_CHOSEN = ButtonStyle(type=Type.LABEL, pad=16)
TILE = ButtonStyle(type=Type.BUTTON_SMALL, height=82, radius=RADIUS_PANEL, pad=20, gap=16)
