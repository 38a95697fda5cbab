"""`nexudus mcp` asked by the client of PyPI: `python session.py NEXUDUS URL TOKEN`. See `cargo xtask interop mcp`."""

import asyncio
import importlib.metadata
import json
import os
import platform
import sys
import tempfile

from mcp import ClientSession, StdioServerParameters, types
from mcp.client.stdio import stdio_client

PROGRAM, URL, TOKEN = sys.argv[1:4]
failures = 0


async def step(name, run):
    global failures
    try:
        line = ["ok", name, str(await run() or "")]
    except BaseException as error:  # a group of exceptions is one of these
        failures += 1
        line = ["failed", name, repr(error)]
    print("\t".join(line).replace("\n", " "), flush=True)


def check(condition, message):
    if not condition:
        raise AssertionError(message)


class Opened:
    """A session; `answer` is what the person says, or None where nobody can be asked."""

    def __init__(self, answer=None, flags=()):
        self.answer, self.asked = answer, []
        environment = {
            "NEXUDUS_BASE_URL": f"{URL}/api",
            "NEXUDUS_TOKEN": TOKEN,
            "NEXUDUS_CONFIG_DIR": tempfile.mkdtemp(),
            "PATH": os.environ["PATH"],
        }
        self.parameters = StdioServerParameters(command=PROGRAM, args=["mcp", *flags], env=environment)

    async def __aenter__(self):
        async def elicit(context, params):
            self.asked.append(params.message)
            if self.answer == "yes":
                return types.ElicitResult(action="accept", content={"confirm": True})
            return types.ElicitResult(action="decline")

        self.streams = stdio_client(self.parameters)
        read, write = await self.streams.__aenter__()
        self.session = ClientSession(read, write, elicitation_callback=elicit if self.answer else None)
        await self.session.__aenter__()
        await self.session.initialize()
        return self

    async def __aexit__(self, *error):
        await self.session.__aexit__(*error)
        await self.streams.__aexit__(*error)

    async def call(self, name, **arguments):
        result = await self.session.call_tool(name, arguments)
        failed = getattr(result, "is_error", None)
        return bool(getattr(result, "isError", False) if failed is None else failed), json.loads(result.content[0].text)


async def tools():
    async with Opened() as opened:
        names = [tool.name for tool in (await opened.session.list_tools()).tools]
        check(len(names) == 5, names)
        return ", ".join(names)


async def reads():
    async with Opened() as opened:
        entities, records = [], 0
        while True:
            _, page = await opened.call("nexudus_list_entities", skip=len(entities))
            entities += [row[1] for row in page["rows"]]
            if "next" not in page:
                break
        for entity in entities:
            failed, page = await opened.call("nexudus_list", entity=entity, size=5)
            if failed and page.get("argument") == "filters":
                failed, page = await opened.call(
                    "nexudus_list", entity=entity, size=5, filters={page["error"].split(" ")[-1]: 1}
                )
            check(not failed or page["argument"] == "entity", f"{entity}: {page}")
            records += len(page.get("rows", []))
        return f"{len(entities)} entities, {records} records"


def change(answer):
    async def run():
        async with Opened(answer, ["--allow-write", "all"]) as opened:
            _, page = await opened.call("nexudus_list", entity="resources", fields=["Name"], size=1)
            id, was = page["rows"][0]
            _, result = await opened.call("nexudus_update", entity="resources", id=id, values={"Name": f"{was} again"})
            _, now = await opened.call("nexudus_get", entity="resources", id=id, fields=["Name"])
            changed = now["record"]["Name"] == f"{was} again"
            check(changed == (answer == "yes"), result)
            check(result["outcome"] == ("done" if changed else "not done"), result)
            check(len(opened.asked) == (1 if answer else 0), opened.asked)
            return result["outcome"]

    return run


async def main():
    await step("tools", tools)
    await step("every entity is listed", reads)
    for answer in ["yes", "no", None]:
        await step(f"a change, the person says {answer or 'nothing, for they can not be asked'}", change(answer))
    print(f"with\tmcp\t{importlib.metadata.version('mcp')}")
    print(f"with\tPython\t{platform.python_version()}")


asyncio.run(main())
sys.exit(1 if failures else 0)
