// Judges one SAML response the way Auth0's passport-wsfed-saml2 does.
//
// Twilio's enhanced single sign-on runs on Auth0, so what this refuses Flex
// refuses. Reads one JSON object on standard input and writes one on standard
// output:
//
//   in   response         the SAMLResponse form field, base64
//        sp_entity_id, acs_url, idp_entity_id
//        idp_certificate  PEM
//        request_id       the AuthnRequest's ID, or null for an unsolicited response
//   out  ok, errors       the verdict, and why not
//        profile          what the library makes of the assertion; of attributes
//                         with one name twice it keeps the last
//        attribute_names  the Name of every Attribute element, in order
//
// Exit code 0 whenever there is a verdict, whichever it is.
'use strict';

const { SAML } = require('passport-wsfed-saml2/lib/passport-wsfed-saml2/saml');
const Samlp = require('passport-wsfed-saml2/lib/passport-wsfed-saml2/samlp');
const { DOMParser } = require('@auth0/xmldom');
const xpath = require('xpath');
const fs = require('fs');

const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';

// The Name of every attribute, duplicates included: the profile can't show them.
function attributeNames(xml) {
  const path = `//*[local-name(.)='Attribute' and namespace-uri(.)='${ASSERTION}']`;
  const document = new DOMParser().parseFromString(xml);
  return xpath.select(path, document).map((attribute) => attribute.getAttribute('Name'));
}

// An unsolicited response must name no request; a solicited one exactly ours.
function sameRequest(expected) {
  return (found, done) =>
    (found || null) === (expected || null)
      ? done()
      : done(new Error(`InResponseTo is ${found}, expected ${expected}`));
}

// The library wants a certificate without its PEM armour.
function bare(pem) {
  return pem.replace(/-----[^-]+-----/g, '').replace(/\s/g, '');
}

function judge(question, done) {
  const options = {
    cert: bare(question.idp_certificate),
    realm: question.sp_entity_id,
    recipientUrl: question.acs_url,
    destinationUrl: question.acs_url,
    checkDestination: true,
    checkInResponseTo: true,
    checkCertExpiration: true,
    clockSkew: 0,
    isValidInResponseTo: sameRequest(question.request_id),
  };
  const samlp = new Samlp(options, new SAML(options));
  const xml = samlp.decodeResponse({ body: { SAMLResponse: question.response } });
  samlp.validateSamlResponse(xml, (error, profile) => {
    if (error) return done(error);
    // Only the library's caller sees the issuer, so the caller compares it.
    if (profile.issuer !== question.idp_entity_id) {
      return done(new Error(`Issuer is ${profile.issuer}, expected ${question.idp_entity_id}`));
    }
    return done(null, { ok: true, errors: [], profile, attribute_names: attributeNames(xml) });
  });
}

function say(verdict) {
  fs.writeSync(1, JSON.stringify(verdict));
}

const question = JSON.parse(fs.readFileSync(0, 'utf8'));
try {
  judge(question, (error, verdict) =>
    say(error ? { ok: false, errors: [String(error.message || error)] } : verdict));
} catch (error) {
  say({ ok: false, errors: [String(error.message || error)] });
}
