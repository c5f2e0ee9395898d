"""The company's identity provider as pysaml2 makes it: signs, and encrypts for
the key that the service provider's own metadata publish.

    idp_pysaml2.py PORT FOLDER

FOLDER holds idp.key and idp.pem, and says.json, read anew at each request:

    sp_metadata      URL of the service provider's metadata
    sign_response, sign_assertion
    cipher           null for pysaml2's own choice, or [identifier, kind of session key as xmlsec1 calls it]

/metadata is its metadata, /sso takes an AuthnRequest by redirect and signs one person in unasked.
"""

import json
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import saml2.entity
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, sigver
from saml2.authn_context import PASSWORDPROTECTEDTRANSPORT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_EMAILADDRESS, NameID
from saml2.server import Server

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])
BASE = f"http://127.0.0.1:{PORT}"
UNSPECIFIED = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"
PERSON = {
    "email": ["bob@company.example"],
    "displayName": ["Bob Ødegård"],
    "roles": ["agent", "supervisor"],
    "physicalDeliveryOfficeName": ["Singapore Office"],
}


def configuration(sp_metadata):
    settings = {
        "entityid": f"{BASE}/metadata",
        "xmlsec_binary": "/usr/bin/xmlsec1",
        "key_file": str(FOLDER / "idp.key"),
        "cert_file": str(FOLDER / "idp.pem"),
        "service": {
            "idp": {
                "endpoints": {"single_sign_on_service": [(f"{BASE}/sso", BINDING_HTTP_REDIRECT)]},
                "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": UNSPECIFIED}},
            }
        },
    }
    if sp_metadata:
        settings["metadata"] = {"inline": [sp_metadata]}
    return IdPConfig().load(settings)


def choose(cipher):
    """pysaml2 has no setting for the cipher: it asks for Triple-DES by default arguments."""
    uri, session_key = cipher or (sigver.TRIPLE_DES_CBC, "des-192")
    saml2.entity.pre_encryption_part = lambda **given: sigver.pre_encryption_part(msg_enc=uri, **given)
    sigver.SecurityContext.encrypt_assertion = (
        lambda self, statement, enc_key, template, key_type=None, node_xpath=None: self.crypto.encrypt_assertion(
            statement, enc_key, template, session_key, node_xpath
        )
    )


def answer(query):
    says = json.loads((FOLDER / "says.json").read_text())
    choose(says["cipher"])
    with urllib.request.urlopen(says["sp_metadata"]) as metadata:
        server = Server(config=configuration(metadata.read().decode()))
    asked = server.parse_authn_request(query["SAMLRequest"][0], BINDING_HTTP_REDIRECT).message
    response = server.create_authn_response(
        PERSON,
        name_id=NameID(format=NAMEID_FORMAT_EMAILADDRESS, text="bob@company.example"),
        authn={"class_ref": PASSWORDPROTECTEDTRANSPORT, "authn_auth": BASE},
        sign_response=says["sign_response"],
        sign_assertion=says["sign_assertion"],
        encrypt_assertion=True,
        sign_alg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        digest_alg="http://www.w3.org/2001/04/xmlenc#sha256",
        **{key: value for key, value in server.response_args(asked).items() if key != "name_id_policy"},
    )
    acs = asked.assertion_consumer_service_url
    state = query.get("RelayState", [""])[0]
    return server.apply_binding(BINDING_HTTP_POST, str(response), acs, state, response=True)["data"]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/metadata":
            kind, text = "application/samlmetadata+xml", str(entity_descriptor(configuration(None)))
        else:
            kind, text = "text/html; charset=utf-8", answer(parse_qs(url.query))
        body = "".join(text).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
