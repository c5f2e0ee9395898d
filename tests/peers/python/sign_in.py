"""Signs one person in to Flex, by a bridge that runs, as their browser would.

Flex asks the bridge, the bridge asks the company, the person types a name and a password, and what
the bridge lets the browser post to Flex is judged by `check_saml.py`, as strictly as Flex. Knows
no script: every page has to work without. Prints what Flex received; exit code 1 when it would not
have let the person in, or not with the location that is expected.

    sign_in.py --bridge https://sso.company.example:18444 --flex production \\
        --connection JQ… --certificate assertion.pem --ca ca.pem --user ann --password … \\
        --location 'Singapore Office'

Every host is looked for on this machine.
"""

import argparse
import base64
import html.parser
import http.cookiejar
import json
import secrets
import socket
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib

import check_saml

STEPS = 12


class Forms(html.parser.HTMLParser):
    """Every form of a page: its action, and its fields with their values."""

    def __init__(self, page):
        super().__init__()
        self.forms = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append((attributes.get("action", ""), {}))
        elif tag == "input" and self.forms and attributes.get("name"):
            self.forms[-1][1][attributes["name"]] = attributes.get("value") or ""


def stay_here():
    """Looks for every host on this machine."""
    resolve = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *rest, **more: resolve("127.0.0.1", *rest, **more)


def browser(ca):
    """A browser with cookies, that trusts this authority alone."""
    tls = ssl.create_default_context(cafile=ca)
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=tls),
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
    )


def read(opener, url, fields=None):
    """A page and the address it has after all redirects."""
    data = None if fields is None else urllib.parse.urlencode(fields).encode()
    try:
        with opener.open(url, data, timeout=30) as answer:
            return answer.geturl(), answer.read().decode()
    except urllib.error.HTTPError as error:
        sys.exit(f"{url} answers {error.code}:\n{error.read().decode(errors='replace')}")


def request(options, acs, entity_id):
    """Flex's AuthnRequest by redirect, its ID and its RelayState."""
    request_id = "_" + secrets.token_hex(16)
    sso = f"{options.bridge}/saml/idp/{options.flex}/sso"
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    xml = (
        '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
        f'ID="{request_id}" Version="2.0" IssueInstant="{now}" Destination="{sso}" '
        'ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" '
        f'AssertionConsumerServiceURL="{acs}">'
        f'<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{entity_id}</saml:Issuer>'
        "</samlp:AuthnRequest>"
    )
    deflated = zlib.compress(xml.encode(), 9)[2:-4]
    relay_state = secrets.token_urlsafe(24)
    query = {"SAMLRequest": base64.b64encode(deflated).decode(), "RelayState": relay_state}
    return f"{sso}?{urllib.parse.urlencode(query)}", request_id, relay_state


def walk(opener, url, acs, options):
    """Goes from page to page until one posts to Flex; what it posts."""
    at, page = read(opener, url)
    for _ in range(STEPS):
        for action, fields in Forms(page).forms:
            target = urllib.parse.urljoin(at, action)
            if target == acs:
                return fields
            if "password" in fields:
                fields |= {"username": options.user, "password": options.password}
            elif "SAMLResponse" not in fields and "SAMLRequest" not in fields:
                continue
            at, page = read(opener, target, fields)
            break
        else:
            sys.exit(f"nothing leads on from {at}:\n{page}")
    sys.exit(f"{STEPS} pages, and still not at Flex")


def main():
    """One login."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    for name in ["bridge", "flex", "connection", "certificate", "ca"]:
        parser.add_argument(f"--{name}", required=True)
    for name in ["user", "password", "location"]:
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    acs = f"https://login.flex.us1.twilio.com/login/callback?connection={options.connection}"
    entity_id = f"urn:flex:{options.connection}"
    stay_here()
    url, request_id, relay_state = request(options, acs, entity_id)
    posted = walk(browser(options.ca), url, acs, options)
    if posted.get("RelayState") != relay_state:
        sys.exit(f"RelayState came back as {posted.get('RelayState')!r}")
    with open(options.certificate, encoding="ascii") as file:
        certificate = file.read()
    verdict = check_saml.judge(
        {
            "response": posted["SAMLResponse"],
            "sp_entity_id": entity_id,
            "acs_url": acs,
            "idp_entity_id": f"{options.bridge}/saml/idp/{options.flex}",
            "idp_certificate": certificate,
            "request_id": request_id,
        }
    )
    print(json.dumps({name: verdict[name] for name in ("name_id", "attributes")}, ensure_ascii=False))
    locations = verdict["attributes"].get("flex_location")
    if locations != [options.location]:
        sys.exit(f"flex_location is {locations} and not {[options.location]}")


if __name__ == "__main__":
    main()
