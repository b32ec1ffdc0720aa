"""What the drive stands on: the sandbox as a process, a client of it, and assertions that say what they saw."""

import faulthandler
import io
import json
import os
import re
import subprocess
import sys
import time
import traceback
import urllib.request
from contextlib import redirect_stderr, redirect_stdout

for name in list(os.environ):
    if name.startswith("RALLY_") or name == "APIKEY" or name.lower().endswith("_proxy"):
        del os.environ[name]
os.environ["NO_PROXY"] = "*"

import pyral
import pyral.restapi
from pyral import Rally, RallyRESTAPIError

# pyral uses https only; this constant is the only thing changed from outside.
pyral.restapi.PROTOCOL = "http"

# pyral has two classes of this name.
RallyRESTAPIErrors = (RallyRESTAPIError, pyral.restapi.RallyRESTAPIError, pyral.context.RallyRESTAPIError)

STEPS = []


def step(function):
    STEPS.append(function)
    return function


def same(got, wanted, what=""):
    assert got == wanted, f"{what}: got {got!r}, wanted {wanted!r}"


def raises(kinds, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kinds as error:
        return str(error)
    raise AssertionError(f"no {kinds} from {getattr(call, '__name__', call)}{args}")


def names(response):
    assert not response.errors, response.errors
    return [item.Name for item in response]


class World:
    """The sandbox's address and credentials, and a client or two."""

    def __init__(self, lines):
        told = dict(re.match(r"(\S.*?)  +(\S+)$", line).groups() for line in lines if "  " in line.strip())
        self.host = told["url"].removeprefix("http://").removesuffix("/slm")
        self.url, self.key, self.read_only = told["url"], told["api key"], told["read-only key"]
        self.user, self.password = told["user"], told["password"]
        self.control = told["control"]
        self.rally = None

    def ask(self, method, path, body=None):
        """Asks the sandbox itself."""
        request = urllib.request.Request(f"{self.control}/{path}", method=method)
        request.add_header("Content-Type", "application/json")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, data) as response:
            return json.load(response)

    def by_key(self, **more):
        return Rally(server=self.host, apikey=self.key, **more)

    def by_password(self, **more):
        return Rally(server=self.host, user=self.user, password=self.password, **more)

    def story(self, **fields):
        return self.rally.create("Story", {"Name": "made by the drive", **fields})


def short(ref):
    return "/".join(ref.split("/")[-2:])


def batch(world, entries, errors=False):
    """What pyral 1.7 sends for many items at once, over pyral's own session."""
    rally = world.rally
    where = f"workspace={rally.contextHelper.currentWorkspaceRef()}&project={rally.contextHelper.currentProjectRef()}"
    response = rally.session.post(f"{rally.service_url}/batch?{where}", json={"Batch": entries})
    result = response.json()["BatchResult"]
    assert errors or not any(r["Errors"] for r in result["Results"]), result
    return result["Results"]


def run(world, wanted):
    failed = 0
    for function in STEPS:
        if wanted and function.__name__ not in wanted:
            continue
        said = io.StringIO()
        started = time.monotonic()
        try:
            with redirect_stdout(said), redirect_stderr(said):
                function(world)
            print(f"ok      {function.__name__}  {time.monotonic() - started:.2f} s")
        except Exception:
            failed += 1
            print(f"FAILED  {function.__name__}")
            print(said.getvalue()[-2000:], end="")
            traceback.print_exc(file=sys.stdout)
    return failed


def main():
    program, wanted = sys.argv[1], sys.argv[2:]
    # pyral has calls without a timeout; the server ends with its standard input, that is, with this process.
    faulthandler.dump_traceback_later(300, exit=True)
    server = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        lines = []
        while not lines or not lines[-1].startswith("Ends with"):
            line = server.stdout.readline()
            if not line:
                sys.exit("the sandbox did not start")
            lines.append(line.rstrip())
        print(f"pyral {'.'.join(map(str, pyral.__version__))} and {lines[0]}")
        world = World(lines[:6])
        if wanted:
            world.rally = world.by_key()
        failed = run(world, wanted)
    finally:
        server.stdin.close()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
            raise SystemExit("the sandbox did not end with its standard input")
    sys.exit(f"{failed} failed" if failed else 0)
