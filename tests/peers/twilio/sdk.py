"""Twilio's own Python SDK works with the demo Twilio API.

Usage: sdk.py BASE_URL ACCOUNT_SID (user name and secret on standard input, a line each)

Reads and writes the configuration and workers as an administrator's script
would, and prints what it saw as one JSON object; the caller compares it with
the demo's own state.
"""

import json
import sys
from urllib.parse import urlsplit

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client


class Loopback(TwilioHttpClient):
    """Sends what is meant for Twilio's hosts to the demo, and nothing anywhere else."""

    def __init__(self, base):
        super().__init__(timeout=10)
        self.session.trust_env = False
        self.base = base

    def request(self, method, url, *args, **kwargs):
        parts = urlsplit(url)
        if parts.hostname in ("flex-api.twilio.com", "taskrouter.twilio.com"):
            url = self.base + url.split(parts.netloc, 1)[1]
        elif not url.startswith(self.base + "/"):
            raise AssertionError(f"the SDK was led to {url}")
        return super().request(method, url, *args, **kwargs)


class Body(dict):
    """The SDK asks a body for `to_dict`, which a plain dict does not have."""

    def to_dict(self):
        return dict(self)


def refused(call):
    try:
        call()
    except TwilioRestException as error:
        return {"status": error.status, "code": error.code, "message": error.msg}
    raise AssertionError("this should have been refused")


def configuration(client, account_sid):
    resource = client.flex_api.v1.configuration()
    before = resource.fetch()
    pinned = resource.fetch(ui_version="2.17.1")
    attributes = dict(before.ui_attributes)
    attributes["locations"] = attributes["locations"] + [{"name": "東京 Office", "edge": "tokyo"}]
    after = resource.update(Body(account_sid=account_sid, ui_attributes=attributes))
    own = before.flex_service_instance_sid
    return {
        "workspace_sid": before.taskrouter_workspace_sid,
        "status": before.status,
        "updated": before.date_updated.isoformat(),
        "same_when_pinned": pinned.ui_attributes == before.ui_attributes,
        "names_before": [each["name"] for each in before.ui_attributes["locations"]],
        "names_after": [each["name"] for each in after.ui_attributes["locations"]],
        "other_keys": [key for key in after.ui_attributes if key != "locations"],
        "read_only": refused(
            lambda: resource.update(Body(account_sid=account_sid, flex_service_instance_sid=own))
        ),
        "no_account": refused(lambda: resource.update(Body(ui_attributes=attributes))),
    }


def workers(client, workspace_sid):
    workspace = client.taskrouter.v1.workspaces(workspace_sid)
    made = [
        workspace.workers.create(
            friendly_name=f"agent{number}_40example_2Ecom",
            attributes=json.dumps({"flex_location": "Singapore Office", "number": number}),
        )
        for number in range(5)
    ]
    listed = workspace.workers.list(page_size=2)
    found = workspace.workers.list(friendly_name="AGENT3_40EXAMPLE_2ECOM")
    page = workspace.workers.page(page_size=2)
    back = page.next_page().next_page().previous_page()
    first = workspace.workers(made[0].sid)
    changed = first.update(attributes=json.dumps({"flex_location": ""}), if_match="0")
    return {
        "friendly_name": workspace.fetch().friendly_name,
        "sids": [worker.sid for worker in made],
        "listed": [worker.sid for worker in listed],
        "found": [worker.sid for worker in found],
        "back": [worker.sid for worker in back],
        "changed": json.loads(changed.attributes),
        "fetched": json.loads(first.fetch().attributes),
        "activity": changed.activity_name,
        "available": changed.available,
        "stale": refused(lambda: first.update(attributes="{}", if_match="0")),
        "taken": refused(
            lambda: workspace.workers.create(friendly_name="Agent1_40Example_2Ecom")
        ),
        "too_long": refused(lambda: first.update(attributes=json.dumps({"x": "y" * 4096}))),
        "not_json": refused(lambda: first.update(attributes="{'x'}")),
        "no_worker": refused(lambda: workspace.workers("WK" + "0" * 32).fetch()),
        "no_workspace": refused(
            lambda: client.taskrouter.v1.workspaces("WS" + "0" * 32).fetch()
        ),
    }


def main(base, account_sid):
    username, password = sys.stdin.read().splitlines()
    client = Client(username, password, account_sid, http_client=Loopback(base))
    stranger = Client(username, "wrong", account_sid, http_client=Loopback(base))
    seen = {"configuration": configuration(client, account_sid)}
    seen["workers"] = workers(client, seen["configuration"]["workspace_sid"])
    seen["stranger"] = refused(lambda: stranger.flex_api.v1.configuration().fetch())
    print(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
