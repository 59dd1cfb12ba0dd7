"""A headless Chromium, told what to do over its DevTools protocol. Keeps what pages ask the network for, and what the browser complains about."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

import websocket

NAMES = ["chromium", "chromium-browser", "google-chrome"]
PATIENCE = 60


class Browser:
    def __init__(self, pictures=None):
        self.pictures = pictures and Path(pictures)
        self.asked, self.problems, self.count = set(), [], 0

    def __enter__(self):
        program = next(filter(None, map(shutil.which, NAMES)))
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        # A container has no user namespaces for its sandbox; it opens nothing but pages of ours.
        args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0"]
        args += ["--remote-allow-origins=*", "--no-first-run", "--disable-background-networking", f"--user-data-dir={self.profile.name}"]
        self.process = subprocess.Popen([program, *args, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        told = Path(self.profile.name) / "DevToolsActivePort"
        until = time.monotonic() + PATIENCE
        while not (told.exists() and told.read_text().count("\n")):
            if time.monotonic() > until or self.process.poll() is not None:
                raise SystemExit(f"{program} does not start")
            time.sleep(0.05)
        port = told.read_text().splitlines()[0]
        targets = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
        target = next(target for target in targets if target["type"] == "page")
        self.socket = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=PATIENCE)
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.profile.cleanup()

    @staticmethod
    def quote(text):
        return urllib.parse.quote(text, safe="")

    def call(self, method, **params):
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": params}))
        while True:
            message = self.receive()
            if message.get("id") == self.count:
                if "error" in message:
                    raise SystemExit(f"{method}: {message['error']}")
                return message["result"]

    def receive(self):
        message = json.loads(self.socket.recv())
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.asked.add(message["params"]["request"]["url"].split("#")[0])
            case "Runtime.exceptionThrown" | "Log.entryAdded" | "Page.javascriptDialogOpening" | "Runtime.consoleAPICalled":
                self.problems.append(json.dumps(message["params"])[:500])
            case "Page.loadEventFired":
                self.loaded = True
        return message

    def open(self, address, scripts=True, scheme="light"):
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        # Otherwise an address that differs behind its `#` alone is not loaded anew.
        self.load("about:blank")
        self.load(address)
        self.asked.discard("about:blank")
        return self

    def load(self, address):
        self.loaded = False
        self.call("Page.navigate", url=address)
        while not self.loaded:
            self.receive()

    def forget(self):
        self.asked.clear()
        self.problems.clear()

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def type(self, text):
        self.call("Input.insertText", text=text)

    def picture(self, name, width=1280, height=1600):
        if self.pictures:
            self.pictures.mkdir(exist_ok=True)
            self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
            shot = self.call("Page.captureScreenshot", format="png")
            (self.pictures / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))
            self.call("Emulation.clearDeviceMetricsOverride")
