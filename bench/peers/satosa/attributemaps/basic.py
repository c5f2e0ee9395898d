"""Names that stay as they are, whichever NameFormat they come with."""
NAMES = {name: name for name in ("email", "full_name", "roles", "office", "flex_location")}
MAP = {
    "identifier": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
    "fro": NAMES,
    "to": NAMES,
}
