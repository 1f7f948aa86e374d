"""Starts the conversion service, converts the example by a template over REST, and takes a picture of the task's page.

Run by `make demo-service`. Everything it writes is below build/demo-service.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from modelwright.client import Client, NewTask

HERE = Path(__file__).parent
FOLDER = Path("build/demo-service")
PICTURE = FOLDER / "task.png"
TEMPLATE = "TF-SavedModel-To-TFLite"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    source = FOLDER / "input"
    shutil.copytree(HERE / "saved_model", source)
    shutil.copyfile(HERE / "reference.npz", source / "reference.npz")
    command = [sys.executable, "-m", "modelwright", "serve", "--port", "0", "--data", str(FOLDER / "data")]
    service = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own command
    try:
        return demonstrate(service, source)
    finally:
        service.terminate()
        service.wait(30)
        print("the service has ended")


def demonstrate(service: subprocess.Popen[str], source: Path) -> int:
    link = sign_in_link(service)
    address, code = link.split("/sign-in?code=")
    print(f"service   {address}, data in {FOLDER / 'data'}")
    with Client(address) as stranger:
        token = stranger.sign_in(code)
    with Client(address, token=token) as client:
        settings = {"precision": "32bit", "batch_size": 5}
        output = f"{client.roots()[0]}/digits"
        new = NewTask(name="digits", template=TEMPLATE, input=client.upload(source), output=output, settings=settings)
        made = client.create_task(new)
        print(f"task      {made.name} ({made.id}): {TEMPLATE}, {settings}")
        task = client.wait(made.id, timeout=300)
        print(f"status    {task.status}, {task.result}")
        for stage in task.stages:
            print(f"stage     {stage.name:<10} {stage.seconds:.2f} s")
        for item in task.summary.get("verification", {}).get("outputs", []):
            print(
                f"output    {item['name']}: max abs {item['max_abs']:.2g}, {item['mismatches']} outside the tolerance"
            )
        for path in client.download(task.id, FOLDER / "result"):
            print(f"artifact  {path}")
    picture(address, token, f"{address}/tasks/{task.id}")
    return 0 if task.result == "verified" else 1


def sign_in_link(service: subprocess.Popen[str]) -> str:
    for line in service.stdout or ():
        found = re.search(r"http\S+/sign-in\?code=\S+", line)
        if found:
            return found[0]
    raise SystemExit("the service did not start")


def picture(address: str, token: str, page_address: str) -> None:
    browser = os.environ.get("MODELWRIGHT_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    print(f"page      {page_address}")
    if browser is None:
        print("picture   none: there is no Chromium here (MODELWRIGHT_CHROMIUM names one)")
        return
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("picture   none: playwright is not installed here (pip install playwright)")
        return
    with sync_playwright() as playwright:
        unsafe = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=browser, args=unsafe)
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/sign-in")
        page.fill("#token", token)
        page.press("#token", "Enter")
        page.wait_for_url("**/tasks")
        page.goto(page_address)
        page.wait_for_selector("#log .log-line")
        page.screenshot(path=PICTURE, full_page=True)
        chromium.close()
    print(f"picture   {PICTURE}")


if __name__ == "__main__":
    sys.exit(main())
