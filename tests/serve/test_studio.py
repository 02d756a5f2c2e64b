"""The studio in a browser: Debian's Chromium, driven by Playwright. Skipped with a word where it cannot be."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.serve.running import Server, project_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine (Debian's chromium)")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENSHOTS = Path(__file__).parent / "screenshots"
DIFFERENT = 0.02
"""The share of pixels that may differ: fonts are drawn a little differently by another build of the browser."""

DEFINITION = """
from keyflow import Api, Workflow
from keyflow.aws import dynamodb

order = Workflow("Order", timeout=20)
item, me = {"pk": {"S": order.input["id"]}}, order.context["Execution"]["Id"]
order.fail_if(order.input["id"] == "", "NoId", "An order has an id")
reserve = order.task("Reserve", dynamodb.put_item(
    TableName="stock", Item={**item, "owner": {"S": me}}, ConditionExpression="attribute_not_exists(pk)"))
reserve.compensate("Release", dynamodb.delete_item(TableName="stock", Key=item), mine={"owner": {"S": me}})
store = order.task("Store <script>alert(1)</script>", dynamodb.put_item(TableName="orders", Item=item))
store.keep("it is the order")
order.succeed({"order": order.input["id"]})

shop = Api("shop")
shop.post("/orders", order, authorization="public", input={"id": shop.body["id"]}, errors={"NoId": 400},
          summary="Places an order", request={"type": "object", "required": ["id"],
                                              "properties": {"id": {"type": "string", "example": "order-1"}}})
"""
STUBS = (
    '{"Store <script>alert(1)</script>": {"Throw": {"Error": "DynamoDB.InternalServerErrorException", "Cause": "no"}}}'
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    project = project_of(tmp_path_factory.mktemp("shop"), DEFINITION, stubs_json=STUBS)
    with serving(project, "--stub", "stubs.json") as started:
        yield started


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1000, "height": 900}, color_scheme="light")
        yield context.new_page()
        browser.close()


def test_a_person_follows_a_run(server: Server, page: Page) -> None:
    """From the routes to a run, what each state was given, and the picture that shows what failed."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
    assert server.post("/shop/orders", {"id": "<b>1</b>"}).status == 500
    page.goto(f"{server.url}/_keyflow/")
    assert page.inner_text("h2") == "shop"
    assert "curl -X POST" in page.inner_text("pre.curl")
    compare(page, "routes", mask=["pre.curl", ".number"])
    page.click(".runs a")
    assert "500" in page.inner_text("main")
    fates = page.locator(".visits li").evaluate_all("all => all.map(each => each.className)")
    names = page.locator(".visits summary b").all_inner_texts()
    what = dict(zip(names, fates, strict=True))
    assert what["Reserve"] == what["Release"] == "succeeded"
    assert what["Store <script>alert(1)</script>"] == "caught"
    page.click(".visits summary >> text=Reserve")
    assert '"S": "<b>1</b>"' in page.inner_text(".visits details[open]")
    assert page.locator("svg .mark-caught").get_attribute("data-state") == "Store <script>alert(1)</script>"
    compare(page, "picture", locator=".picture")
    assert said == []


def test_a_workflow_is_drawn_with_and_without_its_compensation(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/_keyflow/workflows/Order")
    whole = page.locator("svg [data-state]").count()
    page.click("text=without compensation")
    assert 0 < page.locator("svg [data-state]").count() < whole
    page.click("text=with compensation")
    assert page.locator("svg [data-state]").count() == whole


def test_the_pages_are_read_in_the_dark(server: Server, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{server.url}/_keyflow/workflows/Order")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"
    page.emulate_media(color_scheme="light")


def compare(page: Page, name: str, *, locator: str = "main", mask: list[str] | None = None) -> None:
    """Compares a part of the page with the screenshot that is kept; KEYFLOW_UPDATE_GOLDEN=1 keeps the new one.

    Playwright's comparison is of its JavaScript test runner alone, so the browser itself counts the pixels.
    """
    found = page.locator(locator).first.screenshot(mask=[page.locator(each) for each in mask or []])
    file = SCREENSHOTS / f"{name}.png"
    if os.environ.get("KEYFLOW_UPDATE_GOLDEN"):
        SCREENSHOTS.mkdir(exist_ok=True)
        file.write_bytes(found)
    share = _different(page, found, file.read_bytes())
    if share > DIFFERENT:
        file.with_suffix(".new.png").write_bytes(found)
    assert share <= DIFFERENT, f"{share:.1%} of {file.name} differ: see {file.stem}.new.png"


_COUNT = """async ([first, second]) => {
  const read = async text => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${text}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, image.width, image.height);
  };
  const [a, b] = [await read(first), await read(second)];
  if (a.width !== b.width || Math.abs(a.height - b.height) > 4) return 1;
  let different = 0;
  const length = Math.min(a.data.length, b.data.length);
  for (let at = 0; at < length; at += 4) {
    const distance = Math.max(...[0, 1, 2].map(each => Math.abs(a.data[at + each] - b.data[at + each])));
    if (distance > 64) different += 1;
  }
  return different / (length / 4);
}"""


def _different(page: Page, first: bytes, second: bytes) -> float:
    """The share of pixels that differ, counted on an empty page, whose policy allows it."""
    blank = page.context.new_page()
    texts = [base64.b64encode(each).decode() for each in (first, second)]
    share: float = blank.evaluate(_COUNT, texts)
    blank.close()
    return share
