"""Judges one SAML response the way OneLogin's toolkit does, in strict mode.

Twilio's legacy service provider belongs to that family, so what this refuses
Flex refuses. Reads one JSON object on standard input and writes one on
standard output:

    in   response       the SAMLResponse form field, base64
         sp_entity_id, acs_url, idp_entity_id
         idp_certificate   PEM
         request_id     the AuthnRequest's ID, or null for an unsolicited response
         now            optional, seconds since 1970: judge as of then
    out  ok             whether it was accepted
         errors         why not
         name_id, name_id_format, session_index, in_response_to, attributes

Exit code 0 whenever there is a verdict, whichever it is.
"""

import json
import sys
from urllib.parse import urlsplit

from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils


def settings(question):
    """The toolkit's settings: everything it can insist on, it insists on."""
    return OneLogin_Saml2_Settings(
        {
            "strict": True,
            "sp": {
                "entityId": question["sp_entity_id"],
                "assertionConsumerService": {"url": question["acs_url"]},
            },
            "idp": {
                "entityId": question["idp_entity_id"],
                "singleSignOnService": {"url": "https://idp.invalid/sso"},
                "x509cert": question["idp_certificate"],
            },
            "security": {
                "wantMessagesSigned": True,
                "wantAssertionsSigned": True,
                "wantNameId": True,
                "wantAttributeStatement": True,
                "rejectUnsolicitedResponsesWithInResponseTo": True,
                "rejectDeprecatedAlgorithm": True,
                "failOnAuthnContextMismatch": False,
            },
        }
    )


def request_data(acs_url, response):
    """What a web framework would tell the toolkit about the POST to the ACS."""
    parts = urlsplit(acs_url)
    return {
        "https": "on" if parts.scheme == "https" else "off",
        "http_host": parts.netloc,
        "script_name": parts.path,
        "query_string": parts.query,
        "post_data": {"SAMLResponse": response},
    }


def judge(question):
    """The verdict."""
    if question.get("now") is not None:
        OneLogin_Saml2_Utils.now = staticmethod(lambda: int(question["now"]))
    response = OneLogin_Saml2_Response(settings(question), question["response"])
    data = request_data(question["acs_url"], question["response"])
    response.is_valid(data, question.get("request_id"), raise_exceptions=True)
    return {
        "ok": True,
        "errors": [],
        "name_id": response.get_nameid(),
        "name_id_format": response.get_nameid_format(),
        "session_index": response.get_session_index(),
        "in_response_to": response.get_in_response_to(),
        "attributes": response.get_attributes(),
    }


def main():
    """One question, one verdict."""
    question = json.load(sys.stdin)
    try:
        verdict = judge(question)
    except Exception as error:  # The toolkit raises many kinds; each one is a refusal.
        verdict = {"ok": False, "errors": [f"{type(error).__name__}: {error}"]}
    json.dump(verdict, sys.stdout)


if __name__ == "__main__":
    main()
