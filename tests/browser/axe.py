"""axe-core in a page: what it finds against the rules of accessibility."""

from pathlib import Path

from tests.browser.chromium import Page

SCRIPT = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"


async def violations(page: Page) -> list[str]:
    """`rule: place` of each element that breaks a rule; the page is looked at as it stands."""
    await page.evaluate(SCRIPT.read_text("utf-8") + "; undefined")
    found = await page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then((result) => result.violations.flatMap((rule) =>"
        " rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}`)))"
    )
    return list(found)
