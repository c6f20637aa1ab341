"""What can be wrong with a page as it is shown, each as a list of sentences that is empty when nothing is."""

from collections.abc import Iterator

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.support.catalogues import SPOKEN, read

TABS_MAX = 400
SPARE_TABS = 20
_GRAVE = ("serious", "critical")

_OVERFLOWING = """() => {
  const found = [];
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) found.push(`the page is ${wide} px too wide`);
  const isHidden = each => [each, each.closest('thead')].some(one => one && getComputedStyle(one).clipPath !== 'none');
  const held = 'h1, h2, th, label, .button, .chip, .badge, .place, .figure-value, .crumbs li';
  for (const each of document.querySelectorAll(held)) {
    if (each.checkVisibility() && getComputedStyle(each).textOverflow !== 'ellipsis'
        && !isHidden(each) && each.scrollWidth > each.clientWidth + 1
        && getComputedStyle(each).display !== 'inline') {
      found.push(`cut off: ${each.textContent.trim().slice(0, 60)}`);
    }
  }
  return found;
}"""
_TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = new Set();
  while (walker.nextNode()) found.add(walker.currentNode.data.trim());
  for (const each of document.querySelectorAll('[aria-label]')) found.add(each.getAttribute('aria-label'));
  for (const each of document.querySelectorAll('[placeholder]')) found.add(each.placeholder);
  return [...found].filter(Boolean);
}"""
_CONTROLS = """() => {
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  const names = new Set();
  window.places = new WeakMap(); // and no attributes, which a page that keeps itself true would take for a change
  return [...document.querySelectorAll(all)].filter(each => {
    if (!each.checkVisibility({visibilityProperty: true}) || each.disabled || each.tabIndex < 0) return false;
    if (each.type !== 'radio') return true;
    const isFirst = !names.has(each.name);
    names.add(each.name);
    return isFirst;
  }).map((each, place) => {
    const called = each.type === 'radio' ? `radio ${each.name}` : `${place}`;
    for (const one of each.type === 'radio' ? document.getElementsByName(each.name) : [each])
      window.places.set(one, called);
    return [called, (each.textContent.trim() || each.name || each.outerHTML).slice(0, 60)];
  });
}"""
_FOCUSED = """() => {
  const each = document.activeElement;
  if (!each || each === document.body) return null;
  const style = getComputedStyle(each);
  const isSeen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return [window.places.get(each) ?? '', isSeen || each.matches('main, nav, [role=alert]')];
}"""
_HIGH, _INLINE_HIGH, _WIDE = 44, 24, 24
_TARGETS = """([high, inlineHigh, wide]) => {
  document.activeElement?.blur();  // the link past the menu covers its button while it has the focus
  // How far up and down, or left and right, of its middle a control answers to a touch.
  const reach = (control, x, y, dx, dy) => {
    const most = high / 2 + 8;
    const isHit = away => {
      const met = document.elementFromPoint(x + dx * away, y + dy * away);
      return met !== null && (control.contains(met) || met.closest('label')?.control === control);
    };
    if (!isHit(0)) return 0;
    let size = 1;
    for (const way of [-1, 1]) {
      let away = 1;
      while (away < most && isHit(way * away)) away += 1;
      size += away - 1;
    }
    return size;
  };
  document.activeElement?.blur(); // what leads to the content lies on top of others while it has the focus
  const found = [];
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  for (const each of document.querySelectorAll(all)) {
    if (each.matches('.skip') || each.disabled || !each.checkVisibility({visibilityProperty: true})) continue;
    const head = each.closest('thead');
    if (head && getComputedStyle(head).clipPath !== 'none') continue; // is read aloud only
    each.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    const box = each.getClientRects()[0];
    if (!box || !box.width) continue;
    const x = box.left + box.width / 2, y = box.top + box.height / 2;
    const tall = reach(each, x, y, 0, 1), broad = reach(each, x, y, 1, 0);
    const least = getComputedStyle(each).display === 'inline' ? inlineHigh : high;
    if (tall < least || broad < wide) {
      found.push(`${broad} by ${tall} px: ${(each.textContent.trim() || each.name || each.outerHTML).slice(0, 60)}`);
    }
  }
  scrollTo(0, 0);
  return found;
}"""


def overflowing(page: Page) -> list[str]:
    """What is wider than its place."""
    found: list[str] = page.evaluate(_OVERFLOWING)
    return found


def small_targets(page: Page) -> list[str]:
    """Controls that a finger misses: lower than 44 px, or than 24 px within a line of text."""
    found: list[str] = page.evaluate(_TARGETS, [_HIGH, _INLINE_HIGH, _WIDE])
    return found


def untranslated(page: Page, language: str) -> list[str]:
    """English sentences on a page in another language."""
    translated = set(_translated(language))
    return [text for text in page.evaluate(_TEXTS) if text in translated]


def _translated(language: str) -> Iterator[str]:
    """The English of each sentence that reads otherwise in *language*."""
    for domain in SPOKEN:
        for message in read(language, domain):
            if isinstance(message.id, str) and message.id and message.string != message.id:
                yield message.id


def inaccessible(page: Page) -> list[str]:
    """What axe finds serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for one in found
        if one["impact"] in _GRAVE
        for node in one["nodes"]
    ]


def out_of_reach(page: Page) -> list[str]:
    """Controls that Tab does not reach, or whose focus cannot be seen."""
    controls = dict(page.evaluate(_CONTROLS))
    page.evaluate("document.activeElement && document.activeElement.blur()")
    met: set[str] = set()
    unseen = []
    last = ""
    for _ in range(min(TABS_MAX, len(controls) + SPARE_TABS)):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused is None:
            continue
        place, is_seen = focused
        if place in met and place != last:  # a date's day, month and year are stops of one field
            break
        last = place
        if place:
            met.add(place)
        if not is_seen:
            unseen.append(f"its focus cannot be seen: {controls.get(place, place)}")
    return [f"Tab does not reach: {name}" for place, name in controls.items() if place not in met] + unseen
