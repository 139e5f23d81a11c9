"""What a person does in a page of the panel, in Chromium: fills a form in, walks with Tab, presses Enter."""

import json

from tests.browser.chromium import Page
from tests.browser.people import PASSWORD

_TABS_MAX = 150
_FILL = """((form, fields) => {
  const shut = form.closest('details:not([open])');
  if (shut) shut.open = true;
  for (const [name, value] of Object.entries(fields)) {
    const found = [...form.elements].filter((one) => one.name === name && one.type !== 'hidden');
    const box = found.find((one) => one.type === 'checkbox' && one.value === value);
    if (!found.length) throw new Error(`no field ${name}`);
    if (box) box.checked = true;
    else found[0].value = value;
    if (!box && found[0].value !== value) throw new Error(`${name} cannot be ${value}`);
  }
  if (!form.reportValidity()) throw new Error(`not complete: ${form.querySelector(':invalid').name}`);
  document.documentElement.dataset.left = '1';
  [...form.elements].find((one) => one.matches('button')).focus();
})"""


async def arrive(page: Page) -> None:
    """Until another page than the one that was left is there."""
    await page.wait_until("!document.documentElement.dataset.left")


async def send(page: Page, form: str, **fields: object) -> str:
    """Fill a form of this selector in, and press Enter on its button; the path that it leads to."""
    given = json.dumps({name: str(value) for name, value in fields.items()})
    await page.evaluate(f"{_FILL}(document.querySelector({json.dumps(form)}), {given})")
    await page.press("Enter")
    await arrive(page)
    return str(await page.evaluate("location.pathname"))


async def follow(page: Page, link: str) -> str:
    """Press Enter on a link of this selector; the path that it leads to."""
    await page.evaluate(
        f"document.documentElement.dataset.left = '1'; document.querySelector({json.dumps(link)}).focus()"
    )
    await page.press("Enter")
    await arrive(page)
    return str(await page.evaluate("location.pathname"))


async def tab_to(page: Page, control: str) -> None:
    """Tab until a control of this selector has the focus: nothing else may bring it there."""
    for _ in range(_TABS_MAX):
        await page.press("Tab")
        if await page.evaluate(f"document.activeElement.matches({json.dumps(control)})"):
            return
    raise AssertionError(f"Tab does not reach {control}")


async def press_on(page: Page, control: str) -> None:
    """Tab to a control, Enter, and the page after it."""
    await tab_to(page, control)
    await page.evaluate("document.documentElement.dataset.left = '1'")
    await page.press("Enter")
    await arrive(page)


async def sign_in(page: Page, address: str, email: str, goal: str = "/tasks/mine") -> None:
    """By keyboard, as somebody whom this browser does not know yet."""
    await page.command("Network.clearBrowserCookies")
    await page.open(f"{address}/sign-in")
    for field, text in (("email", email), ("password", PASSWORD)):
        await tab_to(page, f"[name={field}]")
        await page.type(text)
    await press_on(page, "main button, form button")
    await page.open(address + goal)
