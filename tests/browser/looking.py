"""A page held against what every page promises: axe-core finds nothing, and nothing sticks out of the window."""

import json
from pathlib import Path
from typing import Final

from tests.browser import axe
from tests.browser.chromium import Page
from tests.browser.hands import arrive
from tests.browser.pictures import SHOTS, picture

Look = tuple[int, int, str]

LOOKS: Final[tuple[Look, Look]] = ((1366, 768, "light"), (390, 844, "dark"))
"""Of every run; the others are seen by `make proof`."""
OTHER_LOOKS: Final[tuple[Look, ...]] = (
    (1366, 768, "dark"), (683, 384, "light"), (683, 384, "dark"), (390, 844, "light"),
)  # fmt: skip

_SEND = """((path, fields) => {
  const form = [...document.forms].find((one) => one.method === 'post' && new URL(one.action).pathname === path);
  if (!form) throw new Error(`no form leads to ${path}`);
  const plain = (one) => !['checkbox', 'radio', 'submit'].includes(one.type);
  for (const [name, value] of Object.entries(fields)) {
    const at = name.endsWith('*') ? [...form.elements].find((one) => one.name.startsWith(name.slice(0, -1))) : null;
    const found = [...form.elements].filter((one) => one.name === (at?.name ?? name));
    const box = found.find((one) => ['checkbox', 'radio'].includes(one.type) && (one.value === value || value === '*'));
    if (box) box.checked = true;
    else if (found.some(plain)) found.find(plain).value = value;
    else form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  }
  document.documentElement.dataset.left = '1';
  HTMLFormElement.prototype.submit.call(form);
})"""


async def settled(page: Page) -> None:
    """Until every part of the page that is asked for by itself is there."""
    await page.wait_for(
        "[...document.querySelectorAll('[data-part]')].every((one) => !one.querySelector(':scope > a:only-child'))"
    )


async def send_anything(page: Page, path: str, fields: dict[str, str]) -> None:
    """The form of this page that leads to a path, whatever is lacking or wrong; the answer is there afterwards."""
    await page.evaluate(f"{_SEND}({json.dumps(path)}, {json.dumps(fields)})")
    await arrive(page)
    await settled(page)


async def judge(page: Page, name: str, looks: tuple[Look, ...]) -> list[str]:
    """What is wrong about the page that is open, in each look; a picture of each when somebody wants to see them."""
    found = []
    for width, height, scheme in looks:
        await page.look_like(width, height, scheme)
        where = f"{name} at {width} {scheme}"
        found += [f"{where}: {one}" for one in await axe.violations(page)]
        if await page.evaluate("document.documentElement.scrollWidth") > width:  # innerWidth of a telephone grows
            found.append(f"{where} is wider than its window")
        if SHOTS:
            (Path(SHOTS) / f"{name}-{width}-{scheme}.png").write_bytes(await picture(page))
    return found
